// Writes the vocabulary as a JSON schema. See schema.h; the validator itself is in schema_check.cpp.
#include "scenarios/engine/schema.h"

#include <nlohmann/json.hpp>

#include "scenarios/engine/vocabulary.h"

namespace scenario {
namespace {

using Json = nlohmann::ordered_json;
using Kind = Type::Kind;

constexpr char const* kNamePattern = "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$";
constexpr char const* kReferencePattern = "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}(-\\{[in]\\})?$";
constexpr char const* kDurationPattern = "^[0-9]+(ms|s|m|h)$";
constexpr char const* kBytesPattern = "^[0-9]+(B|KiB|MiB|GiB|TiB)?$";
constexpr char const* kPercentPattern = "^[0-9]+(\\.[0-9]+)?%$";

Json pattern(char const* expression) {
  return {{"type", "string"}, {"pattern", expression}};
}

class Writer {
 public:
  Json write(Type const& root) {
    Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                   {"title", "rds-scenario file"},
                   {"$comment", "written by `rds-scenario schema` from scenarios/engine/vocabulary_*.cpp"}};
    schema.update(of(root));
    schema["definitions"] = definitions_;
    return schema;
  }

 private:
  Json of(Type const& type) {
    switch (type.kind) {
      case Kind::boolean:
        return {{"type", "boolean"}};
      case Kind::integer:
        return integer(type);
      case Kind::text:
        return {{"type", "string"}};
      case Kind::name:
        return pattern(kNamePattern);
      case Kind::reference:
        return pattern(kReferencePattern);
      case Kind::duration:
        return pattern(kDurationPattern);
      case Kind::bytes:
        return {{"anyOf", {pattern(kBytesPattern), {{"type", "integer"}, {"minimum", 0}}}}};
      case Kind::percent:
        return pattern(kPercentPattern);
      case Kind::choice:
        return {{"enum", type.choices}};
      case Kind::list:
        return {{"type", "array"}, {"items", of(type.parts.front())}};
      case Kind::map:
        return map(type);
      case Kind::word:
        return defined(type, &Writer::word);
      case Kind::dictionary:
        return {{"type", "object"}, {"additionalProperties", of(type.parts.front())}};
      case Kind::either:
        return either(type);
      case Kind::step:
        return defined(type, &Writer::step);
    }
    return {};
  }

  static Json integer(Type const& type) {
    if (type.choices.empty()) return {{"type", "integer"}, {"minimum", 0}};
    Json values = Json::array();
    for (std::string const& choice : type.choices) values.push_back(std::stoi(choice));
    return {{"enum", values}};
  }

  Json either(Type const& type) {
    Json parts = Json::array();
    for (Type const& part : type.parts) parts.push_back(of(part));
    return {{"anyOf", parts}};
  }

  Json property(Field const& field) {
    Json one = of(field.type);
    if (one.contains("$ref")) return one;  // draft-07 ignores what stands beside $ref
    one["description"] = field.meaning;
    return one;
  }

  Json map(Type const& type) {
    Json properties = Json::object();
    Json required = Json::array();
    for (Field const& field : type.fields) {
      properties[field.name] = property(field);
      if (field.required) required.push_back(field.name);
    }
    Json schema = {{"type", "object"}, {"additionalProperties", false}, {"properties", properties}};
    if (!required.empty()) schema["required"] = required;
    return schema;
  }

  // Types with a name of their own are written once, below definitions.
  Json defined(Type const& type, Json (Writer::*body)(Type const&)) {
    std::string key = type.what;
    for (char& c : key) c = c == ' ' ? '_' : c;
    if (!definitions_.contains(key)) {
      definitions_[key] = Json();
      Json written = (this->*body)(type);
      definitions_[key] = std::move(written);
    }
    return {{"$ref", "#/definitions/" + key}};
  }

  Json word(Type const& type) {
    Json schema = map(type);
    schema["minProperties"] = 1;
    schema["maxProperties"] = 1;
    return schema;
  }

  Json step(Type const& type) {
    Json schema = map(type);
    Json choices = Json::array();
    Json rules = Json::array();
    for (Verb const& verb : type.verbs) {
      Json words = Json::array();
      for (Field const& field : *verb.words) {
        words.push_back(field.name);
        rules.push_back(rule(verb, field));
      }
      schema["properties"][verb.key] = {{"enum", words}};
      choices.push_back({{"required", {verb.key}}});
    }
    schema["properties"]["with"] = {{"type", "object"}};
    if (schema["properties"].contains("heal")) choices.push_back({{"required", {"heal"}}});
    schema["oneOf"] = choices;
    schema["not"] = {{"required", {"at", "when"}}};
    schema["allOf"] = rules;
    return schema;
  }

  // If this is the verb, then `with` holds its arguments.
  Json rule(Verb const& verb, Field const& field) {
    Json then = {{"properties", {{"with", of(field.type)}}}};
    bool needs = false;
    for (Field const& argument : field.type.fields) needs = needs || argument.required;
    if (needs) then["required"] = {"with"};
    Json condition = {{"properties", {{verb.key, {{"const", field.name}}}}}, {"required", {verb.key}}};
    return {{"$comment", field.meaning}, {"if", condition}, {"then", then}};
  }

  Json definitions_ = Json::object();
};

}  // namespace

std::string schema_text() {
  static std::string const text = Writer().write(file_shape()).dump(1) + "\n";
  return text;
}

}  // namespace scenario
