# What is installed: the program and its names for kubectl, runbooks and library, the demo, documents; and what the
# program itself prints: manual pages, completions, the library's reference.
#
# Included by the project, it defines what `cmake --install` does; run as a script (-P), it writes one such file.
if(CMAKE_SCRIPT_MODE_FILE)
  # -DPROGRAM=krunbook -DWORDS=help|--man -DOUT=krunbook.1, or -DIN=CHANGELOG.md -DOUT=changelog; then -DGZIP=gzip.
  string(REPLACE "|" ";" WORDS "${WORDS}")
  if(IN)
    configure_file(${IN} ${OUT} COPYONLY)
  else()
    # Nothing of who builds reaches the program: no runbooks of one's own.
    execute_process(COMMAND env -i HOME=/nonexistent LC_ALL=C.UTF-8 ${PROGRAM} ${WORDS} OUTPUT_FILE ${OUT}
                    COMMAND_ERROR_IS_FATAL ANY)
  endif()
  if(GZIP)
    execute_process(COMMAND ${GZIP} -9nf ${OUT} COMMAND_ERROR_IS_FATAL ANY)
  endif()
  return()
endif()

set(KRUNBOOK_INSTALL_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
set(KRUNBOOK_ZSH_COMPLETIONS ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING "Where zsh looks for completions")
set(made ${CMAKE_BINARY_DIR}/installed)
find_program(KRUNBOOK_GZIP gzip REQUIRED)

# krunbook_made(FILE WORD...): FILE, in a folder of the build, is what the program prints; compressed where it ends in .gz.
function(krunbook_made file)
  string(REPLACE ";" "|" words "${ARGN}")
  string(REGEX REPLACE "[.]gz$" "" plain ${made}/${file})
  add_custom_command(
    OUTPUT ${made}/${file}
    COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:krunbook> "-DWORDS=${words}" -DOUT=${plain}
            "-DGZIP=$<$<NOT:$<STREQUAL:${plain},${made}/${file}>>:${KRUNBOOK_GZIP}>" -P ${KRUNBOOK_INSTALL_SCRIPT}
    DEPENDS krunbook ${KRUNBOOK_INSTALL_SCRIPT}
    COMMENT "Printing ${file}"
    VERBATIM)
  set_property(GLOBAL APPEND PROPERTY KRUNBOOK_MADE ${made}/${file})
endfunction()

# krunbook_compressed(FROM FILE): FILE is FROM, compressed.
function(krunbook_compressed from file)
  string(REGEX REPLACE "[.]gz$" "" plain ${made}/${file})
  add_custom_command(
    OUTPUT ${made}/${file}
    COMMAND ${CMAKE_COMMAND} -DIN=${CMAKE_SOURCE_DIR}/${from} -DOUT=${plain} -DGZIP=${KRUNBOOK_GZIP}
            -P ${KRUNBOOK_INSTALL_SCRIPT}
    DEPENDS ${CMAKE_SOURCE_DIR}/${from} ${KRUNBOOK_INSTALL_SCRIPT}
    COMMENT "Compressing ${from}"
    VERBATIM)
  set_property(GLOBAL APPEND PROPERTY KRUNBOOK_MADE ${made}/${file})
endfunction()

# krunbook_link(FOLDER NAME TARGET): a link in the installed FOLDER.
function(krunbook_link folder name target)
  file(MAKE_DIRECTORY ${made}/links)
  file(CREATE_LINK ${target} ${made}/links/${name} SYMBOLIC)
  install(FILES ${made}/links/${name} DESTINATION ${folder})
endfunction()

install(TARGETS krunbook)
install(DIRECTORY runbooks stdlib examples/clusters DESTINATION ${CMAKE_INSTALL_DATADIR}/krunbook)
install(FILES .luarc.json DESTINATION ${CMAKE_INSTALL_DATADIR}/krunbook)
install(DIRECTORY examples/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples PATTERN clusters EXCLUDE)
install(FILES README.md ARCHITECTURE.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES packaging/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(FILES packaging/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides RENAME krunbook)

# kubectl calls kubectl-krunbook for `kubectl krunbook`, and asks kubectl_complete-krunbook what can stand there.
krunbook_link(${CMAKE_INSTALL_BINDIR} kubectl-krunbook krunbook)
krunbook_link(${CMAKE_INSTALL_BINDIR} kubectl_complete-krunbook krunbook)

# An instrumented program is not installed, and need not run while it is built.
if(KRUNBOOK_SANITIZE OR KRUNBOOK_COVERAGE)
  return()
endif()
krunbook_made(krunbook.1.gz help --man krunbook)
krunbook_made(krunbook-runbook.7.gz help --man krunbook-runbook)
krunbook_made(library.md doc)
foreach(shell bash zsh fish)
  krunbook_made(completion.${shell} completion ${shell})
endforeach()
krunbook_compressed(CHANGELOG.md changelog.gz)
krunbook_compressed(packaging/changelog.Debian changelog.Debian.gz)
get_property(files GLOBAL PROPERTY KRUNBOOK_MADE)
add_custom_target(installed ALL DEPENDS ${files})

install(FILES ${made}/krunbook.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${made}/krunbook-runbook.7.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man7)
krunbook_link(${CMAKE_INSTALL_MANDIR}/man1 kubectl-krunbook.1.gz krunbook.1.gz)
krunbook_link(${CMAKE_INSTALL_MANDIR}/man1 kubectl_complete-krunbook.1.gz krunbook.1.gz)
install(FILES ${made}/library.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs)
install(FILES ${made}/changelog.gz ${made}/changelog.Debian.gz DESTINATION ${CMAKE_INSTALL_DOCDIR})
set(bash ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${made}/completion.bash DESTINATION ${bash} RENAME krunbook)
file(MAKE_DIRECTORY ${made}/links/bash)
file(CREATE_LINK krunbook ${made}/links/bash/kubectl-krunbook SYMBOLIC)
install(FILES ${made}/links/bash/kubectl-krunbook DESTINATION ${bash})
install(FILES ${made}/completion.zsh DESTINATION ${KRUNBOOK_ZSH_COMPLETIONS} RENAME _krunbook)
install(FILES ${made}/completion.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d RENAME krunbook.fish)
