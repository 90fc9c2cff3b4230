// Short makers for Type trees, so that the vocabulary tables read as lists. Private to
// engine/vocabulary_*.cpp.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "scenarios/engine/vocabulary.h"

namespace scenario::make {

inline Type of(Type::Kind kind) {
  Type type;
  type.kind = kind;
  return type;
}
inline Type boolean() {
  return of(Type::Kind::boolean);
}
inline Type integer() {
  return of(Type::Kind::integer);
}
inline Type text() {
  return of(Type::Kind::text);
}
inline Type name() {
  return of(Type::Kind::name);
}
inline Type duration() {
  return of(Type::Kind::duration);
}
inline Type bytes() {
  return of(Type::Kind::bytes);
}
inline Type percent() {
  return of(Type::Kind::percent);
}

// A name some step introduced; `to` are the words that may have introduced it.
inline Type reference(std::vector<std::string> to) {
  Type type = of(Type::Kind::reference);
  type.choices = std::move(to);
  return type;
}
inline Type volume_reference() {
  return reference({"create_volume", "volume", "unmarked_volume"});
}
inline Type snapshot_reference() {
  return reference({"create_snapshot"});
}
// Whatever holds bytes.
inline Type image_reference() {
  return reference({"create_volume", "volume", "unmarked_volume", "create_snapshot"});
}
inline Type call_reference() {
  return reference({"call"});
}
inline Type fault_reference() {
  return reference({"fault"});
}

inline Type number_of(std::vector<std::string> values) {
  Type type = of(Type::Kind::integer);
  type.choices = std::move(values);
  return type;
}
inline Type choice(std::vector<std::string> choices) {
  Type type = of(Type::Kind::choice);
  type.choices = std::move(choices);
  return type;
}
inline Type list(Type element) {
  Type type = of(Type::Kind::list);
  type.parts.push_back(std::move(element));
  return type;
}
inline Type dictionary(Type value) {
  Type type = of(Type::Kind::dictionary);
  type.parts.push_back(std::move(value));
  return type;
}
inline Type either(std::vector<Type> parts) {
  Type type = of(Type::Kind::either);
  type.parts = std::move(parts);
  return type;
}
inline Type map(std::vector<Field> fields) {
  Type type = of(Type::Kind::map);
  type.fields = std::move(fields);
  return type;
}
inline Type word(std::string what, std::vector<Field> fields) {
  Type type = of(Type::Kind::word);
  type.what = std::move(what);
  type.fields = std::move(fields);
  return type;
}
// One of something or a list of it.
inline Type some(Type element) {
  return either({element, list(element)});
}
// A number, or bounds of it: 3, {min: 1}, {max: 6}, {min: 1, max: 6}.
inline Type count() {
  return either(
      {integer(), map({{"min", integer(), "at least", false}, {"max", integer(), "at most", false}})});
}
// A fixed time, or one drawn by the seed.
inline Type delay() {
  return either(
      {duration(), map({{"from", duration(), "shortest", true}, {"to", duration(), "longest", true}})});
}
inline Field must(std::string field_name, Type type, std::string meaning) {
  return {std::move(field_name), std::move(type), std::move(meaning), true};
}
inline Field may(std::string field_name, Type type, std::string meaning) {
  return {std::move(field_name), std::move(type), std::move(meaning), false};
}

}  // namespace scenario::make
