// The parser's class, split over parser.cpp (statements, paths), parser_arguments.cpp (arguments and values)
// and parser_expression.cpp (expressions, strings, arrays). Private to these three.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/routeros/parser.h"
#include "simulator/routeros/scanner.h"

namespace rdssim::routeros {

class Parser {
 public:
  Parser(Schema const& schema, std::string_view text, ParserOptions const& options)
      : schema_(schema),
        scan_(text),
        options_(options),
        menu_(schema.menu(options.menu)),
        functions_(options.function ? 1 : 0) {
    if (menu_ == nullptr) menu_ = &schema.root();
  }

  ParseResult run();

 private:
  using Names = std::set<std::string, std::less<>>;
  // What closes the construct being parsed: '\0' the text, ']' or '}'.
  enum class Closer : char { text = '\0', bracket = ']', brace = '}' };

  // --- statements (parser.cpp) ---
  BlockPtr parse_block(Closer closer);
  BlockPtr parse_braces();  // at '{': its own scope and menu
  std::optional<Statement> parse_statement();
  std::optional<Statement> parse_command();
  std::optional<Statement> parse_path(MenuSchema const* menu, Statement statement);
  std::optional<Statement> unknown_word(MenuSchema const& menu, std::string_view word, std::size_t start);
  void finish_command(Statement& statement, CommandSchema const& command);
  Statement parse_call();
  std::optional<Statement> parse_menu_block(MenuSchema const& menu, Statement statement);
  bool at_terminator() const;
  void require_terminator();
  void parse_unknown_rest();

  // --- arguments and values (parser_arguments.cpp) ---
  struct ArgumentState {
    CommandSchema const* command;
    std::size_t next_positional = 0;
    Names given;
    Names declared;  // variables the command declares in its code: :foreach, :for, :onerror
  };
  void parse_arguments(Statement& statement, CommandSchema const& command);
  bool parse_unset(Statement& statement, CommandSchema const& command);
  bool parse_named(Statement& statement, ArgumentState& state);
  bool parse_positional(Statement& statement, ArgumentState& state);
  bool at_branch(CommandSchema const& command);
  void unknown_argument(Statement const& statement, std::size_t start);
  void add_value(Statement& statement, ArgumentState& state, std::string const& name, bool named);
  ExpressionPtr parse_variable_names(ArgumentState& state, std::string const& argument);
  ExpressionPtr parse_value(bool code, bool named = false);  // null: no value starts here
  void parse_where(Statement& statement);
  void require_separator();

  // --- expressions (parser_expression.cpp) ---
  ExpressionPtr parse_parentheses(bool in_where);
  ExpressionPtr parse_binary(int level, bool in_where);
  ExpressionPtr parse_operators(int level, ExpressionPtr left, bool in_where);
  ExpressionPtr parse_where_terms();
  std::optional<std::string> take_operator(int level, bool in_where);
  bool at_where_term() const;
  ExpressionPtr parse_unary(bool in_where);
  ExpressionPtr parse_quoted_code();  // at '>'
  ExpressionPtr parse_links(ExpressionPtr value);
  ExpressionPtr parse_primary(bool in_where);
  ExpressionPtr parse_bare_word(bool in_where);
  ExpressionPtr parse_variable();  // at '$'
  ExpressionPtr parse_string();    // at '"'
  void parse_escape(std::string& text);
  ExpressionPtr parse_interpolation();  // after '$' in a string
  ExpressionPtr parse_array();          // at '{'
  ExpressionPtr parse_element();        // null: none starts here
  ExpressionPtr parse_brackets();       // at '['

  // Counts open constructs: a line of ten thousand brackets must not overflow the stack.
  class Nest {
   public:
    explicit Nest(Parser& parser) : parser_(parser) {
      if (++parser_.nesting_ > kMaxNesting) parser_.fail("syntax error", parser_.scan_.position());
    }
    ~Nest() { --parser_.nesting_; }
    Nest(Nest const&) = delete;
    Nest& operator=(Nest const&) = delete;

   private:
    Parser& parser_;
  };
  static constexpr int kMaxNesting = 150;
  static constexpr int kMaxLinks = 1000;  // operators in a row: they nest to the left

  bool declared(std::string_view name) const;  // or an argument of the function it is in
  bool declared_here(std::string_view name) const;
  [[noreturn]] void fail(std::string text, std::size_t position) const;
  bool defer(std::string text, std::size_t position);  // true: it is the first of the text

  Schema const& schema_;
  Scanner scan_;
  ParserOptions options_;
  MenuSchema const* menu_;
  MenuSchema const* where_menu_ = nullptr;  // whose properties bare words name
  bool right_side_ = false;                 // in where: bare words are values
  Closer closer_ = Closer::text;
  int parentheses_ = 0;  // open '(' since the last bracket or brace
  std::vector<Names> scopes_{1};
  int nesting_ = 0;
  int functions_;          // inside do={} of :local or :global: undefined names are arguments
  Names pending_;          // variables the next code block starts with
  std::string late_form_;  // of the first deferred error: how :put shows it
  std::string deferred_;   // first error that does not stop parsing
  std::vector<std::string> unknown_words_;
};

}  // namespace rdssim::routeros
