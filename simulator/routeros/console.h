// Console: evaluates one parsed line against a device. Made per line by Device::execute; the menus call back
// into it for values, effects and errors. Not thread-safe; it may be suspended inside busy() while other
// lines run.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/routeros/ast.h"
#include "simulator/routeros/device_state.h"
#include "simulator/routeros/row.h"

namespace rdssim::routeros {

// A RouterOS runtime error on its way to :onerror, on-error= or the end of the script.
struct ScriptError {
  std::string text;
};
struct ReturnSignal {
  Value value;
};
struct LoopSignal {
  bool go_on;  // :continue; else :break
};
struct ExitSignal {};
// after_effect said stop: nothing of the script runs any more.
struct Killed {};
// The script does not come to an end: more statements than any honest script has.
struct RunsForever {};

class Console;

// A menu command being run: its evaluated arguments and where it stands.
struct Invocation {
  Console& console;
  Statement const& statement;
  std::map<std::string, Value> arguments;  // unquoted words as typed text
  bool bracketed = false;                  // its value is wanted

  bool has(std::string_view name) const { return arguments.contains(std::string(name)); }
  Value const& at(std::string const& name) const { return arguments.at(name); }
  // Throws ScriptError with ` (/disk/add; line 1)` where the profile has it.
  [[noreturn]] void fail(std::string_view text) const;
};

class Console {
 public:
  Console(Device::State& state, SessionOptions const& session, ExecutionHooks const& hooks);

  void run(Block const& program);  // throws what escapes the script
  std::string take_output() { return std::move(output_); }
  void put(std::string_view text);
  void write(std::string_view text);

  Value evaluate(Expression const& expression);
  // A where condition over one row; a null condition is true.
  bool matches(ExpressionPtr const& condition, Row const& row);

  void busy(Duration duration);  // other lines may run meanwhile
  // What is typed after `prompt`; the prompt is part of the output. "" where nobody can answer.
  std::string ask(std::string_view prompt);
  std::vector<OpenSession> open_sessions() const;  // none where no front tells
  void end_session(std::uint64_t id);
  void record_effect(std::string menu, std::string command, std::string target, std::string detail);

  Device::State& state() { return state_; }
  Profile const& profile() const { return *state_.profile; }
  SessionOptions const& session() const { return session_; }

 private:
  struct Slot {
    Value value;
    bool global = false;
  };
  using Scope = std::map<std::string, Slot, std::less<>>;

  // `bracketed`: the value of the last statement is wanted.
  Value run_block(Block const& block, Scope scope = {}, bool bracketed = false);
  Value run_statement(Statement const& statement, bool bracketed);
  Value run_menu_command(Statement const& statement, bool bracketed);
  Value call(Statement const& statement);
  Value run_code(Value const& code, Scope scope);
  Value parsed_code(std::string const& text);

  // Global commands (globals.cpp): control flow gets expressions, functions get values.
  Value run_global(Statement const& statement);
  Value run_control(Statement const& statement, bool& handled);
  Value run_function(Statement const& statement);
  void run_foreach(Statement const& statement);
  void run_for(Statement const& statement);
  void run_while(Statement const& statement);
  Value run_guarded(Statement const& statement);
  bool loop_body(Expression const& body, Scope scope);  // false: :break
  // The value as a block to run; ScriptError for a value that is none.
  std::shared_ptr<Block const> block_of(Expression const& argument, char const* name);
  bool truth(Expression const& condition);
  void declare(Statement const& statement);
  void assign(Statement const& statement);
  void store(Value& variable, bool global, Value value);
  Value& global(std::string const& name);  // made when it is not there
  Value optional_value(Statement const& statement, std::string_view name);

  // Null when there is none. `global`: whether it is one.
  Value* find_variable(std::string_view name, bool* global = nullptr);
  Value evaluate_binary(Expression const& expression);
  Value evaluate_array(Expression const& expression);
  void count_step();
  void count_bytes(std::uint64_t bytes);
  Value counted(Value value);
  void look_at(Value const& value);
  std::string text_of(Value const& value);
  Value evaluate_interpolated(Expression const& expression);

  Device::State& state_;
  SessionOptions session_;
  ExecutionHooks const& hooks_;
  std::string output_;
  std::vector<Scope> scopes_;
  Row const* row_ = nullptr;  // the row a where condition looks at
  int steps_ = 0;
  std::uint64_t built_ = 0;
  int evaluations_ = 0;
  int depth_ = 0;
};

// Operators on values (operators.cpp). Throw ScriptError on operands they cannot take.
Value apply_binary(std::string_view op, Value const& left, Value const& right);
Value apply_unary(std::string_view op, Value const& operand);
bool values_equal(Value const& left, Value const& right);

// A menu command; null when the menu does not implement it.
using MenuCommand = Value (*)(Invocation&);
MenuCommand find_menu_command(std::string_view path, std::string_view command);

}  // namespace rdssim::routeros
