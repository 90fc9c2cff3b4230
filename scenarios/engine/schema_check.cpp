// The second check of a scenario file: schema.json's rules through valijson. See schema.h.
// Apart from schema.cpp because valijson's headers are the slowest to compile in this room.
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "scenarios/engine/schema.h"

namespace scenario {
namespace {

using Json = nlohmann::json;

Json to_json(Value const& value) {
  switch (value.kind) {
    case Value::Kind::null:
      return nullptr;
    case Value::Kind::boolean:
      return value.boolean;
    case Value::Kind::integer:
      return value.integer;
    case Value::Kind::list: {
      Json list = Json::array();
      for (Value const& element : value.list) list.push_back(to_json(element));
      return list;
    }
    case Value::Kind::map: {
      Json map = Json::object();
      for (auto const& [key, child] : value.map) map[key] = to_json(child);
      return map;
    }
    default:
      return value.text;
  }
}

valijson::Schema const& compiled() {
  static valijson::Schema const& schema = *[] {
    auto* made = new valijson::Schema;  // lives as long as the program
    Json const text = Json::parse(schema_text());
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(text), *made);
    return made;
  }();
  return schema;
}

// valijson's context is ["<root>", "[timeline]", "[3]", "[fault]"].
Place place_of(Value const& tree, std::vector<std::string> const& context) {
  Value const* at = &tree;
  for (std::size_t i = 1; i < context.size(); ++i) {
    std::string const key = context[i].substr(1, context[i].size() - 2);
    Value const* next = at->find(key);
    if (!next && at->kind == Value::Kind::list && std::stoul(key) < at->list.size())
      next = &at->list[std::stoul(key)];
    if (!next) break;
    at = next;
  }
  return at->place;
}

}  // namespace

void check_against_schema(Value const& tree, std::vector<Complaint>& complaints) {
  Json const document = to_json(tree);
  valijson::adapters::NlohmannJsonAdapter const adapter(document);
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(compiled(), adapter, &results)) return;
  valijson::ValidationResults::Error error;
  valijson::ValidationResults::Error deepest;
  while (results.popError(error)) {
    if (error.context.size() >= deepest.context.size()) deepest = error;
  }
  complaints.push_back(
      {place_of(tree, deepest.context), "schema.json refuses this: " + deepest.description, false});
}

}  // namespace scenario
