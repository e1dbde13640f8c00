# How the program is compiled: warnings, hardening, and the instrumented builds that CMakePresets.json names.
option(KRUNBOOK_WERROR "Warnings are errors" OFF)
option(KRUNBOOK_FUZZ "Build only the fuzz targets, with clang's libFuzzer and AddressSanitizer" OFF)
option(KRUNBOOK_COVERAGE "Count which lines run (gcov)" OFF)
option(KRUNBOOK_ONE_PROCESS "Unit tests without Criterion, those of a module in one process, for valgrind" OFF)
option(KRUNBOOK_ARCHIVES "Link Lua, lua-cjson and jansson into the program, where there are archives of them" ON)
set(KRUNBOOK_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize takes them; any report ends the program")

add_compile_options(-Wall -Wextra -Wconversion -Wshadow)
if(KRUNBOOK_WERROR)
  add_compile_options(-Werror)
endif()

include(CheckPIESupported)
check_pie_supported()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
add_compile_options(-fstack-protector-strong)
add_link_options(LINKER:-z,relro,-z,now)
add_compile_options($<$<CONFIG:Release,RelWithDebInfo>:-U_FORTIFY_SOURCE> $<$<CONFIG:Release,RelWithDebInfo>:-D_FORTIFY_SOURCE=2>)

if(KRUNBOOK_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "KRUNBOOK_FUZZ needs clang: cmake --preset fuzz")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

if(KRUNBOOK_SANITIZE)
  add_compile_options(-fsanitize=${KRUNBOOK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${KRUNBOOK_SANITIZE})
endif()

if(KRUNBOOK_COVERAGE)
  add_compile_options(--coverage -O0)
  add_link_options(--coverage)
endif()

# Has PkgConfig::PREFIX link libNAME.a instead of the shared library, with what that needs. Finding a shared library and its
# symbols takes each run a tenth of a millisecond, a hundredth of what one on a single pod takes.
function(krunbook_archive prefix name)
  find_library(${prefix}_ARCHIVE lib${name}.a HINTS ${${prefix}_LIBDIR} ${${prefix}_LIBRARY_DIRS})
  if(${prefix}_ARCHIVE)
    set_target_properties(PkgConfig::${prefix} PROPERTIES INTERFACE_LINK_LIBRARIES "${${prefix}_ARCHIVE};${ARGN}")
  endif()
endfunction()
