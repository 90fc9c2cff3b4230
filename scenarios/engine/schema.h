// Schema: the vocabulary as a JSON schema (draft-07), for editors and as a second, independent check of every
// file. scenarios/schema.json is schema_text() written out; a test compares them (`rds-scenario schema`
// prints it).
#pragma once

#include <string>
#include <vector>

#include "scenarios/engine/loader.h"

namespace scenario {

std::string schema_text();

// Checks a tree that came straight from parse_yaml() against the schema. Complaints carry the place of the
// innermost value the validator objects to.
void check_against_schema(Value const& tree, std::vector<Complaint>& complaints);

}  // namespace scenario
