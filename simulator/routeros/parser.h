// Parser: one line (or script) of console text to an AST, the whole of it before anything runs, with
// RouterOS' own errors and byte columns (FACTS 2.4, 4). Used by Device::execute, :parse and the column tests.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/routeros/ast.h"

namespace rdssim::routeros {

struct ParserOptions {
  // >= 7.23: unknown arguments answer `bad parameter X` at the '='; before: `expected end of command` at the
  // name.
  bool bad_parameter = false;
  // The text of a function, as :parse takes it: names nobody declared are its arguments. :set asks for
  // declared ones all the same.
  bool function = false;
  // The menu the line is typed in: "/disk"; "" is the root.
  std::string menu = {};
};

struct ParseResult {
  BlockPtr program;  // null unless it parsed
  // Of an unknown word, which :parse takes and only running refuses (FACTS 4): its compiled form; else empty.
  std::string late_form;
  std::string error;        // "bad command name X (line 1 column N)", empty when it parsed
  std::string menu;         // the menu of the next line: a line that names only a menu goes there
  bool incomplete = false;  // a quote or bracket is open at the end: a console would ask for more
  std::vector<std::string> unknown_words;  // "/menu word" of every command or menu that did not resolve
};

ParseResult parse(Schema const& schema, std::string_view text, ParserOptions const& options);

}  // namespace rdssim::routeros
