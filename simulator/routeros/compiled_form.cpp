// See compiled_form.h.
#include "simulator/routeros/compiled_form.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <map>

#include "simulator/routeros/row.h"

namespace rdssim::routeros {

namespace {

class Writer {
 public:
  explicit Writer(Schema const& schema) : schema_(schema) {}

  std::string statement(Statement const& statement) const {
    switch (statement.kind) {
      case Statement::Kind::broken:
        return statement.broken_form;
      case Statement::Kind::block:
        return body(*statement.block, statement.path.empty() ? "" : " " + statement.path + "/");
      case Statement::Kind::expression:
        return value(*statement.callee);
      case Statement::Kind::call:
        return call(statement);
      case Statement::Kind::menu:
        return "/";
      case Statement::Kind::command:
        break;
    }
    return absl::StrCat("(evl ", statement.path, "/", statement.command->name, arguments(statement), ")");
  }

 private:
  // (evl (evl /putmessage=one) (evl /putmessage=two))
  std::string body(Block const& block, std::string const& menu = "") const {
    std::string text = "(evl" + menu;
    for (auto const& one : block.statements) text += " " + statement(one);
    return text + ")";
  }

  // EVIDENCE(documented): Calls of functions: (<%% $f (> $f);world). [spec lsp-routeros-ts parseil-format]
  std::string call(Statement const& statement) const {
    auto const callee = value(*statement.callee);
    auto text = absl::StrCat("(<%% ", callee, " (> ", callee, ")");
    for (auto const& argument : statement.arguments) {
      absl::StrAppend(&text, ";", argument.name, argument.name.empty() ? "" : "=", value(*argument.value));
    }
    return text + ")";
  }

  // EVIDENCE(inferred): Arguments stand in alphabetical order. [capture parse-oracle-7.23.3-chr; spec
  // lsp-routeros-ts parseil-format]
  std::string arguments(Statement const& statement) const {
    std::multimap<std::string, std::string> texts;
    for (auto const& argument : statement.arguments) {
      auto const& expression = *argument.value;
      bool const code = expression.kind == Expression::Kind::code;
      bool const names_variables =
          statement.path.empty() && contains(statement.command->variables, argument.name);
      auto text = code              ? ";" + body(*expression.block)
                  : names_variables ? variables(expression)
                                    : value(expression);
      texts.insert({argument.name, std::move(text)});
    }
    for (auto const& flag : statement.flags) texts.insert({flag, ""});
    for (auto const& name : statement.unset) texts.insert({"!" + name, ""});
    if (statement.where != nullptr) texts.insert({"where", condition(statement)});
    std::string joined;
    for (auto const& [name, text] : texts)
      absl::StrAppend(&joined, joined.empty() ? "" : ";", name, "=", text);
    return joined;
  }

  // EVIDENCE(confirmed): A condition names every property of the menu before itself. [capture
  // parse-oracle-7.23.3-chr]
  std::string condition(Statement const& statement) const {
    std::string text;
    if (auto const* menu = schema_.menu(statement.path)) {
      for (auto const& property : menu->properties) text += "$" + property + ";";
    }
    return text + value(*statement.where);
  }

  // What :set is given may be an element: ($a->"key").
  std::string variables(Expression const& expression) const {
    return expression.kind == Expression::Kind::literal ? "$" + expression.word : value(expression);
  }

  // `quote`: text stands in quotes, as it does among operands: (. "now=" $now).
  std::string value(Expression const& expression, bool quote = false) const {
    switch (expression.kind) {
      case Expression::Kind::literal:
        return literal(expression, quote);
      case Expression::Kind::variable:
      case Expression::Kind::property:
        return "$" + expression.word;
      case Expression::Kind::interpolated:
        return operation(".", expression);
      case Expression::Kind::substitution:
      case Expression::Kind::code:
        return body(*expression.block);
      case Expression::Kind::array:
        return array(expression);
      case Expression::Kind::unary:
        return operation(expression.word, expression);
      case Expression::Kind::binary:
        return operation(operator_name(expression.word), expression);
    }
    return "";
  }

  static std::string operator_name(std::string const& word) {
    if (word == "&&") return "and";
    return word == "||" ? "or" : word;
  }

  // EVIDENCE(documented): yes and no are compiled to true and false, times to 00:00:00.200. [spec
  // lsp-routeros-ts parseil-format]
  static std::string literal(Expression const& expression, bool quote) {
    if (expression.quoted) {
      auto const text = expression.value.text();
      return quote ? routeros::quote(text) : text;
    }
    if (expression.word == "yes") return "true";
    if (expression.word == "no") return "false";
    if (expression.value.is(Value::Kind::time)) return clock_text(expression.value.as_number());
    return expression.word.empty() ? expression.value.text() : expression.word;
  }

  static std::string clock_text(std::int64_t nanoseconds) {
    auto const milliseconds = nanoseconds / 1'000'000, seconds = milliseconds / 1000;
    auto const two = [](std::int64_t number) { return absl::StrCat(number < 10 ? "0" : "", number); };
    auto const days = seconds / 86'400;
    auto text = absl::StrCat(days == 0 ? "" : absl::StrCat(days, "d"), two(seconds / 3600 % 24), ":",
                             two(seconds / 60 % 60), ":", two(seconds % 60));
    if (milliseconds % 1000 != 0) {
      auto fraction = std::to_string(milliseconds % 1000);
      text += "." + std::string(3 - fraction.size(), '0') + fraction;
    }
    return text;
  }

  std::string operation(std::string const& name, Expression const& expression) const {
    std::string text = "(" + name;
    for (auto const& operand : expression.operands) text += " " + value(*operand, true);
    return text + ")";
  }

  // EVIDENCE(inferred): Arrays: elements joined by ';', keys before '='. [spec lsp-routeros-ts
  // parseil-format]
  std::string array(Expression const& expression) const {
    std::string text = "{";
    for (std::size_t at = 0; at < expression.operands.size(); ++at) {
      if (at > 0) text += ";";
      if (expression.keys[at] != nullptr) text += value(*expression.keys[at]) + "=";
      text += value(*expression.operands[at]);
    }
    return text + "}";
  }

  Schema const& schema_;
};

}  // namespace

std::string compiled_form(Block const& block, Schema const& schema) {
  Writer const writer(schema);
  std::string text;
  for (auto const& statement : block.statements)
    absl::StrAppend(&text, text.empty() ? "" : ";", writer.statement(statement));
  return text;
}

}  // namespace rdssim::routeros
