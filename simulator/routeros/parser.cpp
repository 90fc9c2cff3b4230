// Statements, menu paths and blocks. Two kinds of error exist on the device (PARSE): hard ones stop the
// parser at once; `bad command name` and `bad parameter` are remembered, and reported only when nothing hard
// follows.
#include "simulator/routeros/parser.h"

#include <utility>

#include "simulator/routeros/parser_impl.h"

namespace rdssim::routeros {

bool Statement::has_flag(std::string_view name) const {
  return contains(flags, name);
}

ExpressionPtr Statement::argument(std::string_view name) const {
  for (auto const& argument : arguments) {
    if (argument.name == name) return argument.value;
  }
  return nullptr;
}

ParseResult parse(Schema const& schema, std::string_view text, ParserOptions const& options) {
  return Parser(schema, text, options).run();
}

ParseResult Parser::run() {
  ParseResult result;
  try {
    result.program = parse_block(Closer::text);
    result.error = deferred_;
    result.late_form = late_form_;
  } catch (HardError const& error) {
    result.error = error.text + scan_.place(error.position);
  } catch (Incomplete const&) {
    result.incomplete = true;
  }
  if (!result.error.empty() || result.incomplete) result.program = nullptr;
  result.menu = result.program != nullptr ? menu_->path : options_.menu;
  result.unknown_words = std::move(unknown_words_);
  return result;
}

void Parser::fail(std::string text, std::size_t position) const {
  throw HardError{std::move(text), position};
}

// EVIDENCE(inferred): `bad command name` and `bad parameter` are reported only when nothing harder follows on
// the line. [FACTS 2.4; capture parse-errors-columns-7.20.8-7.22.1-7.23rc1-chr]
bool Parser::defer(std::string text, std::size_t position) {
  if (!deferred_.empty()) return false;
  deferred_ = text + scan_.place(position);
  return true;
}

bool Parser::declared(std::string_view name) const {
  if (functions_ > 0) return true;
  if (where_menu_ != nullptr && contains(where_menu_->properties, name)) return true;
  return declared_here(name);
}

bool Parser::declared_here(std::string_view name) const {
  for (auto const& scope : scopes_) {
    if (scope.contains(name)) return true;
  }
  return false;
}

bool Parser::at_terminator() const {
  return scan_.at_line_end() || scan_.peek() == ';' ||
         (closer_ != Closer::text && scan_.peek() == static_cast<char>(closer_));
}

void Parser::require_terminator() {
  scan_.skip_blanks();
  if (!at_terminator()) fail("expected end of command", scan_.position());
}

BlockPtr Parser::parse_block(Closer closer) {
  auto const outer = std::exchange(closer_, closer);
  auto block = std::make_shared<Block>();
  while (true) {
    scan_.skip_space();
    if (scan_.at_end()) {
      if (closer != Closer::text) throw Incomplete{};
      break;
    }
    if (closer != Closer::text && scan_.peek() == static_cast<char>(closer)) {
      scan_.take();
      break;
    }
    if (scan_.take_if(";")) continue;
    if (scan_.peek() == '#') {
      scan_.skip_comment();
      continue;
    }
    if (auto statement = parse_statement()) block->statements.push_back(std::move(*statement));
    require_terminator();
  }
  closer_ = outer;
  return block;
}

BlockPtr Parser::parse_braces() {
  Nest const nest(*this);
  scan_.take();
  auto const* menu = menu_;
  auto const* where_menu = std::exchange(where_menu_, nullptr);
  int const parentheses = std::exchange(parentheses_, 0);
  scopes_.push_back(std::exchange(pending_, {}));
  auto block = parse_block(Closer::brace);
  scopes_.pop_back();
  menu_ = menu;
  where_menu_ = where_menu;
  parentheses_ = parentheses;
  return block;
}

std::optional<Statement> Parser::parse_statement() {
  Statement statement;
  statement.line = scan_.line_of(scan_.position());
  switch (scan_.peek()) {
    case '{':
      statement.kind = Statement::Kind::block;
      statement.block = parse_braces();
      return statement;
    case '[':
    case '(':
    case '$':
      return parse_call();
    default:
      return parse_command();
  }
}

// A value, or a call of one: `$f world`, `($functions->"greet") world`.
Statement Parser::parse_call() {
  Statement statement;
  bool const variable = scan_.peek() == '$';
  statement.kind = variable ? Statement::Kind::call : Statement::Kind::expression;
  statement.line = scan_.line_of(scan_.position());
  statement.callee = parse_value(false);
  while (true) {
    if (at_terminator()) return statement;
    require_separator();
    if (at_terminator()) return statement;
    auto const start = scan_.position();
    std::string name(scan_.take_variable_name());
    if (name.empty() || scan_.peek() != '=') {
      scan_.move_to(start);
      name.clear();
    } else {
      scan_.take();
    }
    auto value = parse_value(false);
    if (value == nullptr) fail("expected end of command", scan_.position());
    statement.kind = Statement::Kind::call;
    statement.arguments.push_back({name, value});
  }
}

std::optional<Statement> Parser::parse_command() {
  auto const* menu = menu_;
  if (scan_.peek() == '/' || scan_.peek() == ':') {
    bool const slash = scan_.take() == '/';
    menu = &schema_.root();
    if (slash && (at_terminator() || scan_.at_blank())) {
      menu_ = menu;
      return std::nullopt;
    }
  }
  Statement statement;
  statement.line = scan_.line_of(scan_.position());
  return parse_path(menu, std::move(statement));
}

// At the first word of a path below `menu`.
std::optional<Statement> Parser::parse_path(MenuSchema const* menu, Statement statement) {
  bool const may_be_global = menu == menu_;
  bool first = true;
  while (true) {
    auto const start = scan_.position();
    auto const word = scan_.take_word();
    // EVIDENCE(confirmed): A statement that begins with what no word can is `expected command name`. [FACTS
    // 2.4; capture error-bad-command-name-7.x]
    if (word.empty()) fail("expected command name", start);
    WordMeaning meaning;
    if (word == "..") {
      meaning.menu = menu->parent != nullptr ? menu->parent : menu;
    } else {
      meaning = find_word(*menu, word);
      if (meaning.unknown() && first && may_be_global) {
        auto const global = schema_.root().commands.find(word);
        if (global != schema_.root().commands.end()) {
          meaning.command = &global->second;
          menu = &schema_.root();
        }
      }
    }
    bool const missing = (meaning.command != nullptr && !meaning.command->implemented) ||
                         (meaning.menu != nullptr && !meaning.menu->implemented);
    if (meaning.unknown() || missing) return unknown_word(*menu, word, start);
    if (meaning.command != nullptr) {
      statement.path = menu->path;
      finish_command(statement, *meaning.command);
      return statement;
    }
    menu = meaning.menu;
    first = false;
    // EVIDENCE(documented): A blank may follow the slash, as completion leaves it: `/ip/ route/ print`. [spec
    // operators' transcripts]
    bool const slash = scan_.take_if("/");
    if (slash && !scan_.at_blank() && !at_terminator()) continue;
    if (!scan_.at_blank() && !at_terminator()) fail("expected command name", scan_.position());
    scan_.skip_blanks();
    if (at_terminator()) {
      menu_ = menu;
      return std::nullopt;
    }
    if (scan_.peek() == '{') return parse_menu_block(*menu, std::move(statement));
  }
}

// `/ip address { print; set 0 disabled=yes }`: its commands are that menu's.
// EVIDENCE(documented): A block behind a menu runs in it. [spec lsp-routeros-ts parseil-format]
std::optional<Statement> Parser::parse_menu_block(MenuSchema const& menu, Statement statement) {
  auto const* outer = std::exchange(menu_, &menu);
  statement.kind = Statement::Kind::block;
  statement.path = menu.path;
  statement.block = parse_braces();
  menu_ = outer;
  return statement;
}

// The word is reported as a bad command name, unless what follows it cannot follow a word at all: then the
// device says `syntax error` at that byte (`/app/print` at the slash, `name: x` at the colon, `server {` at
// the brace).
// EVIDENCE(confirmed): An unknown word in a path with blanks is `bad command name`, with slashes `syntax
// error` at the slash. [FACTS 2.4; capture parse-errors-columns-7.20.8-7.22.1-7.23rc1-chr]
std::optional<Statement> Parser::unknown_word(MenuSchema const& menu, std::string_view word,
                                              std::size_t start) {
  unknown_words_.push_back((menu.path.empty() ? "/" : menu.path + " ") + std::string(word));
  if (!scan_.at_blank() && !at_terminator()) fail("syntax error", scan_.position());
  bool const first = defer("bad command name " + std::string(word), start);
  auto const said = scan_.position();
  parse_unknown_rest();
  if (!first) return std::nullopt;
  // EVIDENCE(confirmed): :parse shows an unknown command as (<%% error word;rest). [FACTS 4; capture
  // parse-oracle-7.23.3-chr]
  late_form_ = "(<%% " + deferred_ + " " + std::string(word);
  for (auto rest = scan_.between(said, scan_.position()); !rest.empty();) {
    auto const end = std::min(rest.find_first_of(" \t/"), rest.size());
    if (end > 0) late_form_ += ";" + std::string(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  late_form_ += ")";
  return std::nullopt;
}

// EVIDENCE(inferred): What the device makes of stray characters behind an unknown word. [FACTS 2.4]
void Parser::parse_unknown_rest() {
  while (true) {
    scan_.skip_blanks();
    if (at_terminator()) return;
    if (scan_.peek() == '{') fail("syntax error", scan_.position());
    if (parse_value(false) == nullptr) {
      if (scan_.take_if("=")) continue;
      // What the device makes of stray characters behind an unknown word is not known; it is an error
      // already.
      scan_.take();
    }
  }
}

void Parser::finish_command(Statement& statement, CommandSchema const& command) {
  statement.command = &command;
  auto const* outer_menu = menu_;
  // Brackets inside a command's arguments are read in that command's menu: /disk remove [find slot=x].
  if (!statement.path.empty()) menu_ = schema_.menu(statement.path);
  if (!at_terminator() && !scan_.at_blank()) fail("expected end of command", scan_.position());
  parse_arguments(statement, command);
  menu_ = outer_menu;
}

}  // namespace rdssim::routeros
