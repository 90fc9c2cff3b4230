# Writes a C++ source whose functions return the text of the captured schemas; run with cmake -P at build time.
# Arguments: OUTPUT, SCHEMAS (folder). Used by this folder's CMakeLists.txt; schema_data.h declares the functions.
set(text "// Generated from schemas/*.txt by embed_schemas.cmake.\n#include \"simulator/routeros/schema_data.h\"\n\nnamespace rdssim::routeros {\n")
foreach(version 7.16 7.21.1 7.24 documented)
  file(READ ${SCHEMAS}/${version}.txt dump)
  string(REPLACE "." "_" name ${version})
  string(APPEND text "std::string_view captured_schema_${name}() {\n  return R\"dump(${dump})dump\";\n}\n")
endforeach()
file(WRITE ${OUTPUT} "${text}}  // namespace rdssim::routeros\n")
