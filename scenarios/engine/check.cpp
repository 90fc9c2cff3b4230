// See check.h.
#include "scenarios/engine/check.h"

#include <algorithm>

#include "scenarios/engine/values.h"

namespace scenario {
namespace {

using Kind = Type::Kind;
using Complaints = std::vector<Complaint>;

std::string quoted(std::string_view word) {
  return "`" + std::string(word) + "`";
}

std::string joined(std::vector<std::string> const& words) {
  std::string all;
  for (std::string const& word : words) all += (all.empty() ? "" : ", ") + word;
  return all;
}

std::vector<std::string> names_of(std::vector<Field> const& fields) {
  std::vector<std::string> names;
  for (Field const& field : fields) names.push_back(field.name);
  return names;
}

Field const* find_field(std::vector<Field> const& fields, std::string_view name) {
  auto const found =
      std::find_if(fields.begin(), fields.end(), [&](Field const& field) { return field.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

// Where else a word is at home, for those who put it in the wrong place; empty if nowhere.
std::string home_of(std::string_view word) {
  struct Home {
    std::vector<Field> const& words;
    std::string_view is;
  };
  for (Home const& home : {Home{calls(), "a call: write `call: "}, Home{faults(), "a fault: write `fault: "},
                           Home{world_changes(), "a world change: write `world: "}}) {
    if (find_field(home.words, word)) return std::string(home.is) + std::string(word) + "`";
  }
  if (find_field(predicates(), word))
    return "a predicate; it stands below always, never, eventually or finally";
  if (find_field(costs(), word)) return "a cost; it stands below expect: cost";
  return find_field(events(), word) ? "an event; it stands below `when:`" : std::string();
}

// "unknown fault `reply_lots`: did you mean `reply_lost`?"
std::string unknown(std::string const& what, std::string_view wrong, std::vector<std::string> const& words,
                    bool look_elsewhere) {
  std::string const head = "unknown " + what + " " + quoted(wrong);
  std::string const near = did_you_mean(wrong, words);
  if (look_elsewhere) {
    std::string const home = home_of(wrong);
    if (!home.empty()) return head + ": it is " + home;
  }
  if (!near.empty()) return head + ": did you mean " + quoted(near) + "?";
  return head + ": expected one of " + joined(words);
}

std::string found(Value const& value) {
  switch (value.kind) {
    case Value::Kind::map:
      return "found a map";
    case Value::Kind::list:
      return "found a list";
    case Value::Kind::null:
      return "found nothing";
    default:
      return "found " + quoted(value.text);
  }
}

void expected(Value const& value, Type const& type, std::string const& where, Complaints& out) {
  out.push_back({value.place, where + ": expected " + describe(type) + ", " + found(value), false});
}

bool is_scalar(Value const& value) {
  return value.kind != Value::Kind::map && value.kind != Value::Kind::list && value.kind != Value::Kind::null;
}

// --- scalars
// ---------------------------------------------------------------------------------------------------

bool accept_number(Value& value, Type const& type) {
  if (value.kind != Value::Kind::integer) return false;
  return type.choices.empty() || std::count(type.choices.begin(), type.choices.end(), value.text) > 0;
}

bool accept_duration(Value& value) {
  auto const duration = value.kind == Value::Kind::text ? parse_duration(value.text) : std::nullopt;
  if (!duration) return false;
  value.kind = Value::Kind::duration;
  value.duration = *duration;
  return true;
}

bool accept_bytes(Value& value) {
  auto const bytes = parse_bytes(value.text);
  if (!bytes) return false;
  value.kind = Value::Kind::bytes;
  value.integer = *bytes;
  return true;
}

bool accept_percent(Value& value) {
  auto const percent = parse_percent(value.text);
  if (!percent) return false;
  value.kind = Value::Kind::number;
  value.number = *percent;
  return true;
}

bool accept_scalar(Value& value, Type const& type) {
  if (!is_scalar(value)) return false;
  switch (type.kind) {
    case Kind::boolean:
      return value.kind == Value::Kind::boolean;
    case Kind::integer:
      return accept_number(value, type);
    case Kind::text:
      return value.kind == Value::Kind::text;
    case Kind::name:
    case Kind::reference:
      return value.kind == Value::Kind::text && is_name(without_number(value.text));
    case Kind::duration:
      return accept_duration(value);
    case Kind::bytes:
      return accept_bytes(value);
    case Kind::percent:
      return accept_percent(value);
    default:
      return false;
  }
}

void check_choice(Value const& value, Type const& type, std::string const& where, Complaints& out) {
  if (value.kind != Value::Kind::text) {
    expected(value, type, where, out);
  } else if (std::count(type.choices.begin(), type.choices.end(), value.text) == 0) {
    out.push_back({value.place, where + ": " + unknown("word", value.text, type.choices, false), false});
  }
}

// --- maps
// ------------------------------------------------------------------------------------------------------

void demand_required(Value const& value, std::vector<Field> const& fields, std::string const& where,
                     Complaints& out, std::vector<std::string> const& misspelt = {}) {
  for (Field const& field : fields) {
    bool const excused = std::count(misspelt.begin(), misspelt.end(), field.name) > 0;
    if (field.required && !excused && !value.find(field.name)) {
      out.push_back({value.place, where + " needs " + quoted(field.name) + ": " + field.meaning, false});
    }
  }
}

// For those who put a key of the timeline entry below its `with`.
std::string misplaced(std::string_view key) {
  static std::vector<std::string> const kBeside = {"at", "when", "after", "as", "for", "chance", "parallel"};
  if (std::count(kBeside.begin(), kBeside.end(), key) == 0) return "";
  return quoted(key) + " stands beside call, fault or world, not below `with`";
}

void check_map(Value& value, Type const& type, std::string const& where, Complaints& out) {
  if (value.kind != Value::Kind::map) return expected(value, type, where, out);
  std::vector<std::string> const names = names_of(type.fields);
  std::vector<std::string> misspelt;  // what wrong keys were meant to be: they are not missing as well
  for (auto& [key, child] : value.map) {
    if (Field const* field = find_field(type.fields, key)) {
      check_value(child, field->type, where == "the file" ? quoted(key) : where + ", " + quoted(key), out);
    } else {
      misspelt.push_back(did_you_mean(key, names));
      std::string const elsewhere = where.find('`') == std::string::npos ? "" : misplaced(key);
      std::string const message = elsewhere.empty() ? unknown("key", key, names, false) : elsewhere;
      out.push_back({child.key_place, message + " (in " + where + ")", false});
    }
  }
  demand_required(value, type.fields, where, out, misspelt);
}

void check_word(Value& value, Type const& type, Complaints& out) {
  if (value.kind != Value::Kind::map || value.map.size() != 1) {
    std::string const more =
        value.kind == Value::Kind::map ? "found " + std::to_string(value.map.size()) + " keys" : found(value);
    out.push_back(
        {value.place,
         "expected one " + type.what + " such as `{" + type.fields.front().name + ": ...}`, " + more, false});
    return;
  }
  auto& [word, arguments] = value.map.front();
  if (Field const* field = find_field(type.fields, word)) {
    check_value(arguments, field->type, type.what + " " + quoted(word), out);
  } else {
    out.push_back({arguments.key_place, unknown(type.what, word, names_of(type.fields), true), false});
  }
}

void check_dictionary(Value& value, Type const& type, std::string const& where, Complaints& out) {
  if (value.kind != Value::Kind::map) return expected(value, type, where, out);
  for (auto& [key, child] : value.map)
    check_value(child, type.parts.front(), where + ", " + quoted(key), out);
}

void check_list(Value& value, Type const& type, std::string const& where, Complaints& out) {
  if (value.kind != Value::Kind::list) return expected(value, type, where, out);
  for (Value& element : value.list) check_value(element, type.parts.front(), where, out);
}

// Takes the first alternative that fits; if none does, complains about the one of the same build (map, list,
// scalar).
void check_either(Value& value, Type const& type, std::string const& where, Complaints& out) {
  auto const same_build = [&](Type const& part) {
    if (value.kind == Value::Kind::map) return part.kind == Kind::map || part.kind == Kind::dictionary;
    return value.kind == Value::Kind::list && part.kind == Kind::list;
  };
  Complaints of_alike;
  for (Type const& part : type.parts) {
    Value candidate = value;
    Complaints complaints;
    check_value(candidate, part, where, complaints);
    if (complaints.empty()) {
      value = std::move(candidate);
      return;
    }
    if (same_build(part)) of_alike = std::move(complaints);
  }
  if (of_alike.empty()) return expected(value, type, where, out);
  out.insert(out.end(), of_alike.begin(), of_alike.end());
}

// --- steps
// -----------------------------------------------------------------------------------------------------

std::vector<std::string> step_keys(Type const& type) {
  std::vector<std::string> keys = names_of(type.fields);
  for (Verb const& verb : type.verbs) keys.push_back(verb.key);
  keys.emplace_back("with");
  return keys;
}

Verb const* find_verb(Type const& type, std::string_view key) {
  auto const at =
      std::find_if(type.verbs.begin(), type.verbs.end(), [&](Verb const& verb) { return verb.key == key; });
  return at == type.verbs.end() ? nullptr : &*at;
}

void check_arguments(Value& step, Verb const& verb, Value const& word, Complaints& out) {
  std::string const what = verb.key == "world" ? "world change" : verb.key;
  if (word.kind != Value::Kind::text) {
    out.push_back({word.place, "expected the name of a " + what + ", " + found(word), false});
    return;
  }
  Field const* field = find_field(*verb.words, word.text);
  if (!field) {
    out.push_back({word.place, unknown(what, word.text, names_of(*verb.words), true), false});
    return;
  }
  std::string const where = what + " " + quoted(word.text);
  for (auto& [key, arguments] : step.map) {
    if (key == "with") return check_value(arguments, field->type, where, out);
  }
  Value none;
  none.kind = Value::Kind::map;
  none.place = word.place;
  demand_required(none, field->type.fields, where, out);
}

// What holds between the keys of one entry.
void check_step_rules(Value const& step, Type const& type, Complaints& out) {
  auto const forbid = [&](std::string_view key, bool allowed, std::string const& why) {
    Value const* value = step.find(key);
    if (value && !allowed) out.push_back({value->key_place, quoted(key) + " " + why, false});
  };
  bool const fault = step.find("fault") != nullptr;
  bool const call = step.find("call") != nullptr;
  bool const load = find_field(type.fields, "every") != nullptr;
  forbid("for", fault || load, "belongs to a fault");
  forbid("chance", fault, "belongs to a fault");
  forbid("parallel", call, "belongs to a call");
  forbid("as", fault || call, "names a call or a fault");
  forbid("with", !step.find("heal"), "has no meaning for heal");
  forbid("when", !step.find("at"), "and `at` exclude each other");
}

void check_step(Value& step, Type const& type, Complaints& out) {
  if (step.kind != Value::Kind::map) return expected(step, type, "the " + type.what, out);
  int deeds = step.find("heal") ? 1 : 0;
  for (auto& [key, value] : step.map) {
    if (Verb const* verb = find_verb(type, key)) {
      ++deeds;
      check_arguments(step, *verb, value, out);
    } else if (Field const* field = find_field(type.fields, key)) {
      check_value(value, field->type, quoted(key), out);
    } else if (key != "with") {
      out.push_back({value.key_place,
                     unknown("key", key, step_keys(type), true) + " (in the " + type.what + ")", false});
    }
  }
  demand_required(step, type.fields, "the " + type.what, out);
  std::string const verbs = type.verbs.size() > 1 ? "one of call, fault, heal, world" : "a call";
  if (deeds != 1) out.push_back({step.place, "the " + type.what + " needs exactly " + verbs, false});
  check_step_rules(step, type, out);
}

}  // namespace

std::string describe(Type const& type) {
  switch (type.kind) {
    case Kind::boolean:
      return "true or false";
    case Kind::integer:
      return type.choices.empty() ? "a whole number" : joined(type.choices);
    case Kind::text:
      return "a text (quote it if it looks like a number)";
    case Kind::name:
      return "a name of letters, digits, - and _";
    case Kind::reference:
      return "a name given with `as:`";
    case Kind::duration:
      return "a duration such as 250ms, 10s, 5m or 3h";
    case Kind::bytes:
      return "a size such as 1GiB, 512MiB or exact bytes";
    case Kind::percent:
      return "a percentage such as 30%";
    case Kind::choice:
      return type.choices.size() == 1 ? quoted(type.choices.front()) : "one of " + joined(type.choices);
    case Kind::list:
      return "a list";
    case Kind::map:
      return "a map with " + joined(names_of(type.fields));
    case Kind::dictionary:
      return "a map";
    case Kind::word:
    case Kind::step:
      return "a " + type.what;
    case Kind::either:
      break;
  }
  std::string all;
  for (Type const& part : type.parts) all += (all.empty() ? "" : ", or ") + describe(part);
  return all;
}

void check_value(Value& value, Type const& type, std::string const& where,
                 std::vector<Complaint>& complaints) {
  switch (type.kind) {
    case Kind::choice:
      return check_choice(value, type, where, complaints);
    case Kind::list:
      return check_list(value, type, where, complaints);
    case Kind::map:
      return check_map(value, type, where, complaints);
    case Kind::word:
      return check_word(value, type, complaints);
    case Kind::dictionary:
      return check_dictionary(value, type, where, complaints);
    case Kind::either:
      return check_either(value, type, where, complaints);
    case Kind::step:
      return check_step(value, type, complaints);
    default:
      if (!accept_scalar(value, type)) expected(value, type, where, complaints);
  }
}

}  // namespace scenario
