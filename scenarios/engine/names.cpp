// Names introduced with `as:` and the references to them. See file_rules.h.
#include <algorithm>
#include <map>
#include <string>

#include "scenarios/engine/check.h"
#include "scenarios/engine/file_rules.h"
#include "scenarios/engine/values.h"
#include "scenarios/engine/vocabulary.h"

namespace scenario {
namespace {

using Kind = Type::Kind;

struct Introduced {
  std::string word;  // create_volume, reply_lost, unmarked_volume ...
  std::string sort;  // call, fault, given
  Place place;
  bool many = false;  // a given with `count`: each has a number
};
using Names = std::map<std::string, Introduced>;

void introduce(Names& names, Value const& as, std::string word, std::string sort, std::vector<Complaint>& out,
               bool many = false) {
  auto const [at, fresh] =
      names.emplace(as.text, Introduced{std::move(word), std::move(sort), as.place, many});
  if (!fresh) {
    out.push_back({as.place,
                   "name `" + as.text + "` is taken already in line " + std::to_string(at->second.place.line),
                   false});
  }
}

Names collect(Value const& tree, std::vector<Complaint>& out) {
  Names names;
  if (Value const* given = tree.find("given")) {
    for (Value const& entry : given->list) {
      auto const& [word, arguments] = entry.map.front();
      if (Value const* as = arguments.find("as"))
        introduce(names, *as, word, "given", out, arguments.find("count") != nullptr);
    }
  }
  for (char const* block : {"load", "timeline"}) {
    Value const* steps = tree.find(block);
    if (!steps) continue;
    for (Value const& step : steps->list) {
      Value const* as = step.find("as");
      Value const* call = step.find("call");
      Value const* fault = step.find("fault");
      if (as && call) introduce(names, *as, call->text, "call", out);
      if (as && fault) introduce(names, *as, fault->text, "fault", out);
    }
  }
  return names;
}

std::string either_of(std::vector<std::string> const& words) {
  std::string all;
  for (std::string const& word : words) all += (all.empty() ? "" : " or ") + word;
  return all;
}

class References {
 public:
  References(Names const& names, std::vector<Complaint>& out) : names_(names), out_(out) {}

  void walk(Value const& value, Type const& type) {
    switch (type.kind) {
      case Kind::reference:
        return resolve(value, type.choices);
      case Kind::list:
      case Kind::dictionary:
        return walk_children(value, type.parts.front());
      case Kind::map:
      case Kind::word:
        return walk_fields(value, type.fields);
      case Kind::step:
        return walk_step(value, type);
      case Kind::either:
        return walk_fitting(value, type);
      default:
        return;
    }
  }

 private:
  void walk_children(Value const& value, Type const& element) {
    for (Value const& child : value.list) walk(child, element);
    for (auto const& [key, child] : value.map) walk(child, element);
  }

  void walk_fields(Value const& value, std::vector<Field> const& fields) {
    for (Field const& field : fields) {
      if (Value const* child = value.find(field.name)) walk(*child, field.type);
    }
  }

  void walk_step(Value const& value, Type const& type) {
    walk_fields(value, type.fields);
    Value const* with = value.find("with");
    for (Verb const& verb : type.verbs) {
      Value const* word = value.find(verb.key);
      if (!word || !with) continue;
      for (Field const& field : *verb.words) {
        if (field.name == word->text) walk(*with, field.type);
      }
    }
  }

  void walk_fitting(Value const& value, Type const& type) {
    for (Type const& part : type.parts) {
      Value candidate = value;
      std::vector<Complaint> complaints;
      check_value(candidate, part, "", complaints);
      if (complaints.empty()) return walk(value, part);
    }
  }

  void resolve(Value const& value, std::vector<std::string> const& accepted) {
    std::string const name(without_number(value.text));
    auto const at = names_.find(name);
    if (at == names_.end()) {
      out_.push_back({value.place, unknown(name), false});
      return;
    }
    Introduced const& found = at->second;
    if (name != value.text && !found.many) {
      out_.push_back({value.place, "`" + name + "` is one: only a given with `count` has numbers", false});
    }
    bool const fits = std::any_of(accepted.begin(), accepted.end(),
                                  [&](auto const& word) { return word == found.word || word == found.sort; });
    if (!fits) {
      out_.push_back(
          {value.place,
           "`" + value.text + "` names a " + found.word + "; wanted is the name of a " + either_of(accepted),
           false});
    }
  }

  std::string unknown(std::string const& wrong) const {
    std::vector<std::string> all;
    for (auto const& [name, introduced] : names_) all.push_back(name);
    std::string const near = did_you_mean(wrong, all);
    std::string const head = "nothing is named `" + wrong + "`";
    if (!near.empty()) return head + ": did you mean `" + near + "`?";
    return all.empty() ? head + ": no entry has an `as:`" : head + ": names here are " + either_of(all);
  }

  Names const& names_;
  std::vector<Complaint>& out_;
};

}  // namespace

void check_names(Value const& tree, std::vector<Complaint>& complaints) {
  Names const names = collect(tree, complaints);
  References(names, complaints).walk(tree, file_shape());
}

}  // namespace scenario
