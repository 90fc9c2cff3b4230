// Vocabulary: every word a scenario file may use, what it means and which arguments it takes. One table that
// four things are made of: the loader's checks and its "did you mean", schema.json, and `rds-scenario words`.
// The worlds and the judge implement exactly these words; a word in here that they do not know is a bug of
// theirs.
//
// Thread rules: the tables are built once on first use and never change.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scenario {

struct Field;

// A key of a step that says what is done: call, fault, world. Its value is one of `words`, each with its
// arguments.
struct Verb {
  std::string key;                  // "call"
  std::vector<Field> const* words;  // calls(); static storage
};

// What may stand as a value. A file's whole shape is one Type tree.
struct Type {
  enum class Kind {
    boolean,
    integer,     // whole number
    text,        // any scalar that YAML reads as a string
    name,        // introduces or names something: letters, digits, - and _
    reference,   // a `name` introduced with `as:` by one of the words in `choices` ("fault" = any fault,
                 // "call" = any call)
    duration,    // 250ms, 10s, 5m, 3h
    bytes,       // 1GiB, 512MiB, 64KiB, 4TiB, or 12345 / 12345B for exact bytes
    percent,     // 30%
    choice,      // one of `choices`
    list,        // of parts[0]
    map,         // `fields`, nothing else
    word,        // a map with exactly one key, which is one of `fields`: {predicate: arguments}
    dictionary,  // any text key, values are parts[0]
    either,      // the first of `parts` that fits
    step,        // `fields` plus exactly one of `verbs`, whose arguments stand below `with:`
  } kind = Kind::text;
  std::vector<std::string> choices;  // of an integer: the values it may have
  std::vector<Type> parts;
  std::vector<Field> fields;
  std::vector<Verb> verbs;
  std::string what;  // what messages and the schema call it: "predicate", "event", "origin"; may be empty
};

struct Field {
  std::string name;
  Type type;
  std::string meaning;  // one line
  bool required = false;
};

// RPCs of the driver; arguments stand below `with:`. Answers are named with `as:`.
std::vector<Field> const& calls();
// The simulator's faults (simulator/faults); arguments stand below `with:`, the time they last in `for:`.
std::vector<Field> const& faults();
// Things the world does at once: kills, reboots, somebody else's hands on the device.
std::vector<Field> const& world_changes();
// What `when:` waits for.
std::vector<Field> const& events();
// What `always`, `never`, `finally` and `eventually: that` may say.
std::vector<Field> const& predicates();
// What `cost` may count.
std::vector<Field> const& costs();
// What `given` may put in place before virtual time 0.
std::vector<Field> const& givens();

// RouterOS profiles a scenario may name.
std::vector<std::string> const& profiles();
// The whole file.
Type const& file_shape();

// The nearest of `words` to `wrong`, or empty when nothing is near (Damerau-Levenshtein distance, case and
// the difference between - and _ ignored, at most a third of the word wrong).
std::string did_you_mean(std::string_view wrong, std::vector<std::string> const& words);

}  // namespace scenario
