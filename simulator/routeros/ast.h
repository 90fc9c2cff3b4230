// What the parser makes of a line: statements, commands with resolved menu paths, expressions.
// Used by the parser and the evaluator. Nodes are immutable once parsed; shared so that a function value
// (:global f do={...}) outlives its line.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "simulator/routeros/schema.h"
#include "simulator/routeros/value.h"

namespace rdssim::routeros {

struct Expression;
using ExpressionPtr = std::shared_ptr<Expression const>;
using BlockPtr = std::shared_ptr<Block const>;

struct Expression {
  enum class Kind {
    literal,       // `value`; `word` is its text as written when it was unquoted
    variable,      // $word
    property,      // a bare property name inside where: word
    interpolated,  // "a$b": operands joined as text
    substitution,  // [ ... ]: value of the last statement of `block`
    array,         // { 1; 2; "a"=3 }: keys[i] may be null
    code,          // { ... } where a command takes code: `block`
    unary,         // word = operator, operands[0]
    binary,        // word = operator, operands[0], operands[1]
  };
  Kind kind = Kind::literal;
  Value value;
  std::string word;
  bool quoted = false;
  std::vector<ExpressionPtr> operands;
  std::vector<ExpressionPtr> keys;
  BlockPtr block;
};

struct Argument {
  std::string name;  // full name; for function calls "" marks a positional one
  ExpressionPtr value;
};

struct Statement {
  // broken: what :parse makes of an unknown word: it fails when it is run.
  enum class Kind { command, menu, block, call, expression, broken };
  Kind kind = Kind::command;
  std::string path;  // command: "/disk", "" for global commands
  CommandSchema const* command = nullptr;
  std::vector<Argument> arguments;
  std::vector<std::string> flags;  // bare words such as detail
  std::vector<std::string> unset;  // `!name` of add and set: the property goes back to nothing
  ExpressionPtr where;
  BlockPtr block;                  // block
  ExpressionPtr callee;            // call: the variable; expression: the value
  std::string error, broken_form;  // broken: what running it says; what :put shows of it
  int line = 1;

  bool has_flag(std::string_view name) const;
  ExpressionPtr argument(std::string_view name) const;  // null when absent
};

struct Block {
  std::vector<Statement> statements;
};

}  // namespace rdssim::routeros
