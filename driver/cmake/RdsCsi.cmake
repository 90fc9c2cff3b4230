# Build rules shared by every room: one compiler setting, one way to declare a library, a program and a test.
# Used by the top-level CMakeLists.txt and by driver/ when it is built alone.
include_guard(GLOBAL)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(RDSCSI_INSTRUMENT "none" CACHE STRING "none, coverage, asan or tsan")
set_property(CACHE RDSCSI_INSTRUMENT PROPERTY STRINGS none coverage asan tsan)

find_program(RDSCSI_CCACHE ccache)
if(RDSCSI_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${RDSCSI_CCACHE})
endif()
find_package(Threads REQUIRED)

# Every target of ours links this: warnings are errors, and instrumentation is the same everywhere.
add_library(rdscsi_settings INTERFACE)
target_compile_options(rdscsi_settings INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  "-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")
target_link_libraries(rdscsi_settings INTERFACE Threads::Threads)
if(RDSCSI_INSTRUMENT STREQUAL "coverage")
  # The gate is about driver/ (rdscsi_measure() below): counting the lines of the simulator and of tests as well would
  # only make them slow to build and to run.
  target_link_options(rdscsi_settings INTERFACE --coverage)
elseif(RDSCSI_INSTRUMENT STREQUAL "asan")
  # GCC 12 takes std::regex's own automaton for uninitialised under these sanitizers (GCC bug 105562); the other
  # presets keep the warning.
  target_compile_options(rdscsi_settings INTERFACE
    -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -Wno-maybe-uninitialized)
  target_link_options(rdscsi_settings INTERFACE -fsanitize=address,undefined)
elseif(RDSCSI_INSTRUMENT STREQUAL "tsan")
  # TSan does not model atomic_thread_fence; GCC warns about it inside library headers.
  target_compile_options(rdscsi_settings INTERFACE -O1 -fsanitize=thread -fno-omit-frame-pointer -Wno-tsan)
  target_link_options(rdscsi_settings INTERFACE -fsanitize=thread)
elseif(NOT RDSCSI_INSTRUMENT STREQUAL "none")
  message(FATAL_ERROR "RDSCSI_INSTRUMENT=${RDSCSI_INSTRUMENT}: expected none, coverage, asan or tsan")
endif()

# Lines of the driver's own libraries and programs are counted in the coverage build, without optimisation, so that a
# line is a line.
set(RDSCSI_DRIVER_DIR ${CMAKE_CURRENT_LIST_DIR}/..)
cmake_path(NORMAL_PATH RDSCSI_DRIVER_DIR)
function(rdscsi_measure name)
  cmake_path(IS_PREFIX RDSCSI_DRIVER_DIR "${CMAKE_CURRENT_SOURCE_DIR}/" NORMALIZE is_driver)
  if(RDSCSI_INSTRUMENT STREQUAL "coverage" AND is_driver)
    target_compile_options(${name} PRIVATE --coverage -O0 -fprofile-update=atomic)
  endif()
endfunction()

# rdscsi_library(NAME SOURCES... [LINK ...] [PRIVATE_LINK ...] [INCLUDE dir])
# LINK is what the library's headers may use, PRIVATE_LINK what only its .cpp files see.
function(rdscsi_library name)
  cmake_parse_arguments(ARG "" "INCLUDE" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC rdscsi_settings ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
  rdscsi_measure(${name})
  if(ARG_INCLUDE)
    target_include_directories(${name} PUBLIC ${ARG_INCLUDE})
  endif()
endfunction()

# rdscsi_program(NAME SOURCES... [LINK ...])
function(rdscsi_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE rdscsi_settings ${ARG_LINK})
  rdscsi_measure(${name})
endfunction()

# rdscsi_test(NAME SOURCES... [LINK ...] [LABELS ...] [TIMEOUT seconds] [SERIAL])
# SERIAL: each case has the machine to itself (a guest that takes all processors).
# One GoogleTest binary per room; each TEST becomes a ctest case. Tests run with the source folder as working
# directory, so testdata is addressed relative to the CMakeLists.txt that registers the test.
function(rdscsi_test name)
  cmake_parse_arguments(ARG "SERIAL" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  find_package(GTest REQUIRED)
  include(GoogleTest)
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE rdscsi_settings ${ARG_LINK} GTest::gmock GTest::gtest GTest::gtest_main)
  gtest_discover_tests(${name}
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT ${ARG_TIMEOUT} RUN_SERIAL ${ARG_SERIAL} LABELS "${ARG_LABELS}")
  foreach(source ${ARG_SOURCES})
    get_filename_component(absolute ${source} ABSOLUTE)
    set_property(GLOBAL APPEND PROPERTY RDSCSI_REGISTERED ${absolute})
  endforeach()
endfunction()

# rdscsi_fuzzer(NAME SOURCES... [LINK ...]): a libFuzzer target; its seeds lie in `seeds/` beside its source. Built only
# with -DRDSCSI_FUZZ=ON and clang (preset `fuzz`), where everything is compiled for coverage and sanitizers; elsewhere its
# source is compiled without a main(), so that it cannot rot. Run by ci/fuzz.sh.
option(RDSCSI_FUZZ "build the libFuzzer targets (clang)" OFF)
if(RDSCSI_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "RDSCSI_FUZZ=ON needs clang, not ${CMAKE_CXX_COMPILER_ID}: use the preset `fuzz`")
  endif()
  target_compile_options(rdscsi_settings INTERFACE
    -O2 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
    -fsanitize-coverage-ignorelist=${CMAKE_CURRENT_LIST_DIR}/fuzz_not_counted.txt)
  target_link_options(rdscsi_settings INTERFACE -fsanitize=address,undefined)
endif()
function(rdscsi_fuzzer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  if(RDSCSI_FUZZ)
    add_executable(${name} ${ARG_SOURCES})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    add_library(${name} OBJECT ${ARG_SOURCES})
  endif()
  target_link_libraries(${name} PRIVATE rdscsi_settings ${ARG_LINK})
endfunction()

# A *_test.cpp that no rdscsi_test() names would rot unseen; finding one is a configure error.
function(rdscsi_require_registered root)
  get_property(registered GLOBAL PROPERTY RDSCSI_REGISTERED)
  file(GLOB_RECURSE found CONFIGURE_DEPENDS ${root}/*_test.cpp)
  list(FILTER found EXCLUDE REGEX "^${root}/build/")
  set(count 0)
  foreach(test ${found})
    if(NOT test IN_LIST registered)
      message(FATAL_ERROR "${test} is not named by any rdscsi_test(): register it in its folder's CMakeLists.txt")
    endif()
    math(EXPR count "${count} + 1")
  endforeach()
  message(STATUS "registered test files: ${count}")
endfunction()
