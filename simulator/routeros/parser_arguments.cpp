// Arguments of a command. The rules come from CHR parse results (captures/parse-errors-columns-*): a free
// unnamed argument swallows the next word even when '=' follows, known names come first, and versions differ
// for the rest.
#include <algorithm>
#include <array>
#include <utility>

#include "simulator/routeros/parser_impl.h"

namespace rdssim::routeros {

void Parser::require_separator() {
  if (!scan_.at_blank()) fail("expected end of command", scan_.position());
  scan_.skip_blanks();
}

void Parser::parse_arguments(Statement& statement, CommandSchema const& command) {
  ArgumentState state{&command, 0, {}, {}};
  // EVIDENCE(documented): [find slot=x] and [find where slot=x] are the same. [FACTS 4]
  if (command.name == "find" && command.has_where) {
    // [find slot=x] is [find where slot=x]: FACTS 4.
    scan_.skip_blanks();
    if (at_terminator()) return;
    auto const start = scan_.position();
    if (scan_.take_word() != "where" || !(scan_.at_blank() || scan_.peek() == '=' || at_terminator())) {
      scan_.move_to(start);
    }
    parse_where(statement);
    return;
  }
  while (true) {
    if (at_terminator()) return;
    require_separator();
    if (at_terminator()) return;
    if (parse_unset(statement, command)) continue;
    if (parse_named(statement, state)) {
      if (statement.where != nullptr) return;
      continue;
    }
    if (parse_positional(statement, state)) continue;
    unknown_argument(statement, scan_.position());
  }
}

// `set disk1 !self-encryption-password`: no value from now on (HELP ROSE). True when it was one.
bool Parser::parse_unset(Statement& statement, CommandSchema const& command) {
  if (scan_.peek() != '!' || statement.path.empty() || (command.name != "set" && command.name != "add"))
    return false;
  auto const start = scan_.position();
  scan_.take();
  auto const name = find_argument(command, scan_.take_word());
  if (!name.empty() && name != "numbers" && (at_terminator() || scan_.at_blank())) {
    statement.unset.push_back(name);
    return true;
  }
  scan_.move_to(start);
  return false;
}

// At a word: true when it was an argument or flag of the command and has been consumed.
bool Parser::parse_named(Statement& statement, ArgumentState& state) {
  auto const& command = *state.command;
  auto const start = scan_.position();
  auto const word = scan_.take_word();
  if (command.has_where && word == "where") {
    parse_where(statement);
    return true;
  }
  auto const name = word.empty() ? std::string() : find_argument(command, word);
  if (!name.empty() && contains(command.flags, name)) {
    // EVIDENCE(confirmed): A flag that is given a value fails at its `=` on every version. [FACTS 2.4]
    // A flag given a value fails at the '=' on every version (HEX: /export terse show-sensitive=no).
    if (scan_.peek() == '=') fail("expected end of command", scan_.position());
    if (at_terminator() || scan_.at_blank()) {
      statement.flags.push_back(name);
      return true;
    }
  } else if (!name.empty() && scan_.peek() == '=') {
    scan_.take();
    // EVIDENCE(documented): Blanks may stand before a value, and where none follows the argument counts as
    // not given. [spec lsp-routeros-ts parseil-format]
    scan_.skip_blanks();
    if (contains(command.variables, name) || !at_terminator()) add_value(statement, state, name, true);
    return true;
  } else if (!name.empty() && name == word && statement.path.empty() && at_branch(command)) {
    scan_.skip_blanks();
    add_value(statement, state, name, true);
    return true;
  }
  scan_.move_to(start);
  // A known name without its '=' is neither a value nor unknown: `set [find] disable`.
  bool const free = std::any_of(command.positional.begin(), command.positional.end(),
                                [&](auto const& p) { return !state.given.contains(p); });
  if (!name.empty() && !free) fail("expected end of command", start);
  return false;
}

// Behind `else` or `in` of a command that takes code: `:if $c do={} else {}`, `:foreach x in $list do={}`.
// EVIDENCE(documented): Their values may follow without a `=`. [spec lsp-routeros-ts parseil-format]
bool Parser::at_branch(CommandSchema const& command) {
  constexpr std::array<std::string_view, 3> kBranching = {"if", "foreach", "for"};
  if (std::find(kBranching.begin(), kBranching.end(), command.name) == kBranching.end()) return false;
  auto const start = scan_.position();
  bool const blank = scan_.at_blank();
  scan_.skip_blanks();
  bool const opens = std::string_view("{$[(").find(scan_.peek()) != std::string_view::npos && !scan_.at_end();
  scan_.move_to(start);
  return blank && opens;
}

// EVIDENCE(confirmed): A free unnamed argument takes the next word even when a `=` follows it. [capture
// parse-errors-columns-7.20.8-7.22.1-7.23rc1-chr]
bool Parser::parse_positional(Statement& statement, ArgumentState& state) {
  auto const& positional = state.command->positional;
  while (state.next_positional < positional.size() &&
         state.given.contains(positional[state.next_positional])) {
    ++state.next_positional;
  }
  if (state.next_positional == positional.size()) return false;
  auto const start = scan_.position();
  bool const word = Scanner::is_value_char(scan_.peek());
  bool const opens = std::string_view("\"$[({").find(scan_.peek()) != std::string_view::npos;
  auto const& name = positional[state.next_positional];
  if (!word && !opens && !contains(state.command->variables, name)) fail("expected end of command", start);
  add_value(statement, state, name, false);
  return true;
}

void Parser::add_value(Statement& statement, ArgumentState& state, std::string const& name, bool named) {
  auto const& command = *state.command;
  state.given.insert(name);
  ExpressionPtr value;
  if (contains(command.variables, name)) {
    value = parse_variable_names(state, name);
  } else {
    bool const code = contains(command.code, name);
    bool const function =
        code && (command.name == "local" || command.name == "global" || command.name == "set");
    functions_ += function ? 1 : 0;
    // $e of :onerror exists in do= only, the counters have but one code argument.
    if (code && (command.name != "onerror" || name == "do")) pending_ = state.declared;
    value = parse_value(code, named);
    pending_.clear();
    functions_ -= function ? 1 : 0;
  }
  if (value == nullptr) fail("expected input value", scan_.position());
  statement.arguments.push_back({name, std::move(value)});
}

// `x`, `k,v` or "my name": what :local, :set, :foreach, :for and :onerror are given. :set also takes `$x` and
// ($a->"key").
ExpressionPtr Parser::parse_variable_names(ArgumentState& state, std::string const& argument) {
  auto const& command = *state.command;
  auto const start = scan_.position();
  if (command.name == "set" && scan_.peek() == '(') return parse_parentheses(false);
  auto names = std::make_shared<Expression>();
  bool by_value = false;  // `:set $x`, as many scripts have it: also of an argument of the function
  if (scan_.peek() == '"') {
    auto const text = parse_string();
    if (text->kind != Expression::Kind::literal) fail("syntax error", start);
    names->word = text->value.text();
  } else {
    by_value = command.name == "set" && scan_.take_if("$");
    names->word = scan_.take_variable_name();
    while (command.name == "foreach" && scan_.peek() == ',') {
      scan_.take();
      names->word += "," + std::string(scan_.take_variable_name());
    }
  }
  if (names->word.empty()) fail("syntax error", start);
  names->value = Value::string(names->word);
  if (command.name == "set") {
    if (by_value ? !declared(names->word) : !declared_here(names->word)) fail("syntax error", start);
  } else if (command.name == "local" || command.name == "global") {
    scopes_.back().insert(names->word);
  } else if (argument == "counter" || argument == "error") {
    auto rest = std::string_view(names->word);
    while (!rest.empty()) {
      auto const comma = std::min(rest.find(','), rest.size());
      state.declared.insert(std::string(rest.substr(0, comma)));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return names;
}

// Nothing of the command fits here. Before 7.23 that ends the parse at this byte. From 7.23 the word is taken
// as a parameter, its value is parsed, and it is reported only when nothing worse follows.
// EVIDENCE(confirmed): The column of an unknown argument is the name's first byte up to 7.22 and its `=` from
// 7.23 on. [FACTS 2.4; capture parse-oracle-7.23.3-chr]
void Parser::unknown_argument(Statement const& statement, std::size_t start) {
  if (!options_.bad_parameter) fail("expected end of command", start);
  std::string const name(scan_.take_word());
  auto const after = scan_.position();
  if (name.empty()) fail("expected end of command", start);
  if (scan_.take_if("=")) {
    if (scan_.peek() == '{') fail("syntax error", scan_.position());
    // A value that cannot even start ends the parse with the parameter's own error (format=<VALUE>).
    bool const has_value = !at_terminator() && !scan_.at_blank();
    if (has_value && parse_value(true) == nullptr) fail("bad parameter " + name, after);
  } else if (!at_terminator() && !scan_.at_blank()) {
    fail("expected end of command", after);
  }
  // EVIDENCE(confirmed): :parse shows an unknown parameter as (evl error path). [FACTS 4; capture
  // parse-oracle-7.23.3-chr]
  if (defer("bad parameter " + name, after))
    late_form_ = "(evl " + deferred_ + " " + statement.path + "/" + statement.command->name + ")";
}

// Behind `name=` a bare word may hold what elsewhere is an operator: `topics=!debug`, `interface=<all>`.
// EVIDENCE(documented): Which bytes a bare word behind a name may hold besides. [spec lsp-routeros-ts
// parseil-format]
ExpressionPtr Parser::parse_value(bool code, bool named) {
  switch (scan_.peek()) {
    case '"':
      return parse_string();
    case '$':
      return parse_variable();
    case '[':
      return parse_brackets();
    case '(':
      return parse_parentheses(where_menu_ != nullptr);
    case '{': {
      if (!code) return parse_array();
      auto literal = std::make_shared<Expression>();
      literal->kind = Expression::Kind::code;
      literal->block = parse_braces();
      return literal;
    }
    default:
      break;
  }
  auto const word = named ? scan_.take_argument_word() : scan_.take_value_word();
  if (word.empty()) return nullptr;
  auto literal = std::make_shared<Expression>();
  literal->word = word;
  literal->value = Value::of_word(word);
  return literal;
}

// After the word `where` (or `find`): the rest of the statement is one condition.
void Parser::parse_where(Statement& statement) {
  if (scan_.take_if("=") && (at_terminator() || scan_.at_blank()))
    fail("missing value for where", scan_.position());
  scan_.skip_blanks();
  if (at_terminator()) fail("missing value for where", scan_.position());
  auto const* outer = std::exchange(where_menu_, menu_);
  statement.where = parse_where_terms();
  where_menu_ = outer;
  scan_.skip_blanks();
  if (!at_terminator()) fail("expected end of command", scan_.position());
}

}  // namespace rdssim::routeros
