// Marks: the line this driver writes into a disk's comment to say whose volume it is and whether a node may
// format it. Used by rds::Volumes to decide what is ours. Format and its rules: driver/docs/formats.md,
// "Mark"; incident 25. Pure functions; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rdscsi::rds {

inline constexpr std::size_t kMarkCharactersMax = 128;

struct Mark {
  std::string cluster;  // c=: cluster_hash()
  std::string name;     // v=: name_hash()
  std::string content;  // p=: content_fingerprint()
  // fmt=: `never`, `filled`, `offered:free`, or `offered:` and the hashes of the one or two nodes that hold
  // it
  std::string format = "never";
  // src=: `-` for an empty volume, `snap:` or `vol:` and compact_uuid() of what it was made from
  std::string source = "-";

  bool operator==(Mark const&) const = default;
};

// p= of a volume taken over from the Go driver: nobody knows what it was created with.
inline constexpr std::string_view kAdoptedContent = "adopted2";

// Where fmt='s value begins in a mark: every field before it has a fixed length. A script cuts there.
inline constexpr std::size_t kFormatOffset = 55;
inline constexpr std::size_t kHoldersOffset = kFormatOffset + 8;  // after `offered:`

// fmt= of a volume that was made from a snapshot or a volume, and that no node was offered yet: nobody may
// format it (rule 1).
inline constexpr std::string_view kFilledFormat = "filled";

// Node hashes in `format`: who has it published now. None for `never` and `offered:free`.
std::vector<std::string> holders_of(Mark const& mark);

// `rdscsi1 c=... v=... p=... fmt=... src=...`
std::string format_mark(Mark const& mark);

enum class MarkKind {
  unmarked,         // the comment is not ours at all: the Go driver's volumes, people's notes
  known,            // exactly this version's format
  unknown_version,  // begins with `rdscsi` but is not exactly that: read, never changed
};

struct MarkReading {
  MarkKind kind = MarkKind::unmarked;
  Mark mark;  // filled only when known
};

MarkReading read_mark(std::string_view comment);

// POSIX extended expression that a RouterOS script tests a comment with before it changes a disk: the form of
// a mark of this version and cluster whose fmt= matches `format`, an expression. `cluster` is a
// cluster_hash().
std::string mark_pattern(std::string_view cluster, std::string_view format);

}  // namespace rdscsi::rds
