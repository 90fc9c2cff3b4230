// See yaml_tree.h.
#include "scenarios/engine/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>

#include "scenarios/engine/values.h"

namespace scenario {
namespace {

Place place_at(std::string const& file, YAML::Mark const& mark) {
  return {file, mark.line + 1, mark.column + 1};
}

std::string lowered(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool is_switch_word(std::string const& text) {
  static constexpr std::array<std::string_view, 6> kWords = {"on", "off", "yes", "no", "y", "n"};
  return std::find(kWords.begin(), kWords.end(), lowered(text)) != kWords.end();
}

bool looks_fractional(std::string const& text) {
  auto const point = text.find('.');
  if (point == std::string::npos || point == 0) return false;
  return parse_whole(text.substr(0, point)) && parse_whole(text.substr(point + 1));
}

// Builds the tree from the parser's events; keys and values of a map arrive alternately.
class Builder : public YAML::EventHandler {
 public:
  Builder(std::string file, std::vector<Complaint>& complaints)
      : file_(std::move(file)), complaints_(complaints) {}

  Value take() { return std::move(root_); }

  void OnDocumentStart(YAML::Mark const&) override {}
  void OnDocumentEnd() override {}
  void OnAnchor(YAML::Mark const& mark, std::string const&) override {
    complain(mark, "anchors are not allowed");
  }
  void OnNull(YAML::Mark const& mark, YAML::anchor_t) override { add(scalar(mark, Value::Kind::null, "")); }
  void OnAlias(YAML::Mark const& mark, YAML::anchor_t) override {
    complain(mark, "aliases are not allowed: write the value out");
    add(scalar(mark, Value::Kind::null, ""));
  }
  void OnScalar(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t,
                std::string const& text) override {
    bool const plain = tag == "?";
    if (plain && is_switch_word(text)) {
      complain(mark, "bare `" + text + "` means a boolean to some YAML readers: write true, false or \"" +
                         text + "\"");
    } else if (plain && looks_fractional(text)) {
      complain(mark, "`" + text + "` is read as a number with a fraction: write \"" + text + "\"");
    }
    add(scalar(mark, plain ? plain_kind(text) : Value::Kind::text, text));
  }
  void OnSequenceStart(YAML::Mark const& mark, std::string const&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(mark, Value::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(YAML::Mark const& mark, std::string const&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(mark, Value::Kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Value value;
    std::optional<Value> key;  // read, its value not yet
  };

  void complain(YAML::Mark const& mark, std::string message) {
    complaints_.push_back({place_at(file_, mark), std::move(message), false});
  }

  static Value::Kind plain_kind(std::string const& text) {
    if (text == "true" || text == "false") return Value::Kind::boolean;
    if (text.empty() || text == "~" || text == "null") return Value::Kind::null;
    return parse_whole(text) ? Value::Kind::integer : Value::Kind::text;
  }

  Value scalar(YAML::Mark const& mark, Value::Kind kind, std::string const& text) const {
    Value value;
    value.kind = kind;
    value.text = text;
    value.boolean = text == "true";
    if (kind == Value::Kind::integer) value.integer = *parse_whole(text);
    value.place = place_at(file_, mark);
    return value;
  }

  void open(YAML::Mark const& mark, Value::Kind kind) {
    Value value;
    value.kind = kind;
    value.place = place_at(file_, mark);
    stack_.push_back({std::move(value), std::nullopt});
  }

  void close() {
    Value done = std::move(stack_.back().value);
    stack_.pop_back();
    add(std::move(done));
  }

  void add(Value value) {
    if (stack_.empty()) {
      root_ = std::move(value);
      return;
    }
    Open& parent = stack_.back();
    if (parent.value.kind == Value::Kind::list) {
      parent.value.list.push_back(std::move(value));
    } else if (!parent.key) {
      add_key(parent, std::move(value));
    } else {
      value.key_place = parent.key->place;
      parent.value.map.push_back({std::move(parent.key->text), std::move(value)});
      parent.key.reset();
    }
  }

  void add_key(Open& parent, Value key) {
    if (key.kind == Value::Kind::map || key.kind == Value::Kind::list) {
      complaints_.push_back({key.place, "a key must be a word", false});
    } else if (Value const* first = parent.value.find(key.text)) {
      complaints_.push_back(
          {key.place,
           "key `" + key.text + "` stands here twice; first in line " + std::to_string(first->key_place.line),
           false});
    }
    parent.key = std::move(key);
  }

  std::string file_;
  std::vector<Complaint>& complaints_;
  std::vector<Open> stack_;
  Value root_;
};

}  // namespace

std::optional<Value> parse_yaml(std::string_view text, std::string const& file,
                                std::vector<Complaint>& complaints) {
  std::istringstream stream{std::string(text)};
  Builder builder(file, complaints);
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) {
      complaints.push_back({{file, 1, 1}, "the file is empty", false});
      return std::nullopt;
    }
    Value tree = builder.take();
    Builder second(file, complaints);
    if (parser.HandleNextDocument(second)) {
      complaints.push_back({second.take().place, "a second YAML document: one scenario per file", false});
    }
    return tree;
  } catch (YAML::Exception const& error) {
    complaints.push_back({place_at(file, error.mark), "not YAML: " + error.msg, false});
    return std::nullopt;
  }
}

}  // namespace scenario
