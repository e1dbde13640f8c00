# The runbooks, the Lua library and the parts of the HTML page, the completions: embedded in the program as source text, linked into the build tree, installed.
# Of runbooks and library their bytecode is embedded too: compiling them takes a run on one pod longer than all else it does by itself.
#
# Included by the project, it defines krunbook_embed(TARGET); run as a script (-P), it writes the C file.
if(CMAKE_SCRIPT_MODE_FILE)
  # -DOUT=file.c -DSOURCE=folder -DFILES=a.lua|b.lua -DLUAC=program
  string(REPLACE "|" ";" FILES "${FILES}")
  set(text "/* Generated from the Lua sources. */\n#include \"book/embedded.h\"\n\n")
  set(table "")
  set(number 0)
  foreach(file ${FILES})
    file(READ ${SOURCE}/${file} hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
    string(REGEX REPLACE "^src/(book|cli)/" "" name "${file}")
    string(APPEND text "static const unsigned char file_${number}[] = {${bytes}0x00};\n")
    set(compiled "NULL, 0")
    if(name MATCHES "^((runbooks|stdlib/krunbook)/.*|context)[.]lua$")
      # Messages show the name that it is compiled under: from the folder above runbooks and stdlib, or as src/vm/failure.c
      # knows the program's own lines.
      set(folder ${SOURCE})
      set(shown ${file})
      if(name STREQUAL "context.lua")
        get_filename_component(folder ${OUT} DIRECTORY)
        set(shown "krunbook:context.lua")
        configure_file(${SOURCE}/${file} ${folder}/${shown} COPYONLY)
      endif()
      execute_process(COMMAND ${LUAC} -o ${OUT}.luac ${shown} WORKING_DIRECTORY ${folder} RESULT_VARIABLE failed)
      if(failed)
        message(FATAL_ERROR "${file} does not compile")
      endif()
      file(READ ${OUT}.luac hex HEX)
      string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
      string(APPEND text "static const unsigned char compiled_${number}[] = {${bytes}};\n")
      set(compiled "(const char *)compiled_${number}, sizeof compiled_${number}")
    endif()
    string(APPEND table "    {\"${name}\", (const char *)file_${number}, sizeof file_${number} - 1, ${compiled}},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  string(APPEND text "\nconst struct kr_embedded kr_embedded[] = {\n${table}};\n")
  string(APPEND text "const size_t kr_embedded_count = ${number};\n")
  file(WRITE ${OUT} "${text}")
  return()
endif()

set(KRUNBOOK_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
find_program(LUAC NAMES luac5.4 REQUIRED)
execute_process(COMMAND ${LUAC} -v OUTPUT_VARIABLE luac_version)
string(REGEX MATCH "Lua [0-9.]+" luac_version "${luac_version}")

function(krunbook_embed target)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/src/book/*.lua
       ${CMAKE_SOURCE_DIR}/src/book/page.css ${CMAKE_SOURCE_DIR}/src/book/page.js
       ${CMAKE_SOURCE_DIR}/src/cli/completion.*
       ${CMAKE_SOURCE_DIR}/runbooks/*.lua ${CMAKE_SOURCE_DIR}/stdlib/*.lua)
  list(SORT files)
  set(sources ${files})
  list(TRANSFORM sources PREPEND ${CMAKE_SOURCE_DIR}/)
  string(REPLACE ";" "|" joined "${files}")
  set(out ${CMAKE_BINARY_DIR}/embedded.c)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DSOURCE=${CMAKE_SOURCE_DIR} "-DFILES=${joined}" -DLUAC=${LUAC}
            -P ${KRUNBOOK_EMBED_SCRIPT}
    DEPENDS ${sources} ${KRUNBOOK_EMBED_SCRIPT}
    COMMENT "Embedding the runbooks and the Lua library"
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
  target_compile_definitions(
    ${target}
    PRIVATE KR_DATA_FOLDER="${CMAKE_INSTALL_FULL_DATADIR}/krunbook" KR_LUAC_VERSION="${luac_version}"
    PUBLIC KR_VERSION="${PROJECT_VERSION}")
endfunction()

# The build tree runs from its sources: what is edited is what runs.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/share/krunbook)
foreach(pair runbooks=runbooks stdlib=stdlib examples/clusters=clusters)
  string(REPLACE "=" ";" pair ${pair})
  list(GET pair 0 from)
  list(GET pair 1 to)
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${from} ${CMAKE_BINARY_DIR}/share/krunbook/${to} SYMBOLIC)
endforeach()
