// Random CSI requests: every field of a message filled by reflection with values that are valid, nearly
// valid, hostile or random, and some messages damaged as bytes. Used by fuzz_test.cpp.
#pragma once

#include <string>

#include "base/random.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace rdscsi::csi::testing {

// Fills some fields of `message` (cleared first), down to a small depth.
void fuzz_message(google::protobuf::Message& message, base::RandomStream& random);

// Changes, cuts, doubles or inserts some bytes.
void fuzz_bytes(std::string& bytes, base::RandomStream& random);

}  // namespace rdscsi::csi::testing
