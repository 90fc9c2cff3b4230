// Reply: what a framed script printed, read back so that every byte is accounted for. A reply that was cut,
// garbled, interleaved with a log line, or has a line dropped, doubled or swapped is *unknown*, never a
// record fewer or a value changed (incident 22, W-55..W-58). Written by the frames of rds/volume_scripts.cpp;
// used by rds::Volumes.
//
// The frame, lines ending in CRLF or LF:
//   <nonce>
//   <index> <bytes> <section> <row> <key> <value> <section> <row> <key> <value>     (the text twice, index
//   from 1) <nonce> <number of lines between>
// Pure functions of bytes; thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rdscsi::rds {

// One printed item: the keys and values of one row, values exactly as `print as-value` gave them.
struct Record {
  int section = 0;  // which of the script's queries it answers
  std::map<std::string, std::string, std::less<>> fields;

  // The value of `key`, or nothing when the row does not have it.
  std::optional<std::string> get(std::string_view key) const;
  bool operator==(Record const&) const = default;
};

struct Reply {
  std::vector<Record> records;
};

struct ReplyReading {
  std::optional<Reply> reply;  // only when every byte fits
  std::string damage;          // else: what does not fit, and at which byte
  bool begun = false;          // the frame's first line was there
  std::string error_line;  // the device's own message: all there is when !begun, or what broke the frame off
};

// `nonce` is the one drawn for this exec. Never throws, whatever the bytes.
ReplyReading read_reply(std::string_view output, std::string_view nonce);

}  // namespace rdscsi::rds
