// See rds_input.h.
#include "rds/fuzz/rds_input.h"

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "rds/formats.h"
#include "rds/frame_for_test.h"
#include "rds/reply.h"
#include "rds/script.h"
#include "rds/skeleton_for_test.h"
#include "rds/snapshot_scripts.h"
#include "rds/volume_rows.h"
#include "rds/volume_scripts.h"

namespace rdscsi::rds::fuzz {
namespace {

using testing::skeleton;

constexpr char const* kNonce = "01234567";
constexpr char const* kVolume = "pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427";
constexpr char const* kSnapshot = "snap-1b4e28ba-2fa1-11d2-883f-0016d3cca427";

[[noreturn]] void broken(std::string const& what) {
  std::fprintf(stderr, "rds fuzzer: %s\n", what.c_str());
  std::abort();
}

ReplyReading read(std::string_view output) {
  ReplyReading reading = read_reply(output, kNonce);
  if (!reading.reply && reading.damage.empty() && reading.error_line.empty())
    broken("refused without a reason");
  if (reading.reply) (void)read_state(*reading.reply, "storage-pool", base::Effect::unknown);
  return reading;
}

// The text of the input as one section of rows: a value a line, an empty line begins a new row.
testing::Section section_of(std::string_view text) {
  testing::Section section(1);
  while (!text.empty() && section.size() < 8) {
    std::string_view const line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty()) {
      if (!section.back().empty()) section.emplace_back();
      continue;
    }
    std::string value(line);
    std::erase(value, '\r');  // a channel may add and drop them
    section.back().emplace_back("key" + std::to_string(section.back().size()), value);
  }
  return section;
}

void feed_frame(std::string_view input) {
  if (input.size() < 2) return;
  auto const at = static_cast<unsigned char>(input[0]), how = static_cast<unsigned char>(input[1]);
  std::string const frame = testing::make_frame(kNonce, {section_of(input.substr(2))});
  ReplyReading const whole = read(frame);
  if (!whole.reply) broken("a whole frame is refused: " + whole.damage);
  std::string damaged = frame;
  std::size_t const place = frame.size() * at / 256;
  switch (how % 4) {
    case 0:
      damaged.resize(place);
      break;
    case 1:
      damaged.erase(place, 1U + how / 4U);
      break;
    case 2:
      damaged[place] = static_cast<char>(how);
      break;
    default:
      damaged.insert(place, "16:00:00 echo: system,info,account user admin logged in\r\n");
      break;
  }
  ReplyReading const cut = read(damaged);
  if (cut.reply && cut.reply->records != whole.reply->records) broken("a damaged frame gives other records");
}

struct Values {
  std::string base = "/storage-pool/metal-csi", directory = "/storage-pool/metal-csi/gold",
              cluster = "default", name = "data-0", host = "nqn.2014-08.org.nvmexpress:uuid:1",
              label = "storage-pool";
};

// The driver's line of that number; nothing beyond the last.
std::optional<base::StatusOr<std::string>> line_of(std::size_t kind, Values const& values) {
  Territory territory{values.base, values.cluster, SlotStyle::automatic, values.label};
  VolumeSpec spec;
  spec.volume_id = kVolume;
  spec.csi_name = values.name;
  spec.directory = values.directory;
  spec.size_bytes = spec.required_bytes = std::int64_t{1} << 30;
  spec.own_subvolume = true;
  spec.origin = Origin::snapshot;
  spec.origin_id = kSnapshot;
  Mark const mark{cluster_hash(values.cluster), name_hash(values.name), "2rzgkgai"};
  PublishSpec const publish{kVolume, values.name, values.host, false, true};
  SnapshotName const snapshot{kSnapshot, cluster_hash(values.cluster), kVolume, 1'790'000'000, 0};
  std::vector<std::function<base::StatusOr<std::string>()>> const all = {
      [&] { return create_script(kNonce, territory, spec, mark, LeftoverFile::remove); },
      [&] { return remake_script(kNonce, territory, spec, mark, kVolume); },
      [&] { return repair_script(kNonce, territory, spec, mark, kVolume); },
      [&] { return clear_script(kNonce, territory, spec, mark); },
      [&] { return remove_script(kNonce, territory, kVolume); },
      [&] { return publish_script(kNonce, territory, publish); },
      [&] { return adopt_script(kNonce, territory, publish, mark); },
      [&] {
        return unpublish_script(kNonce, territory, {kVolume, values.name, true});
      },
      [&] { return get_script(kNonce, territory, kVolume); },
      [&] { return list_script(kNonce, territory); },
      [&] { return pool_script(kNonce, territory); },
      [&] { return snapshot_script(kNonce, territory, snapshot); },
      [&] { return remove_snapshot_script(kNonce, territory, kSnapshot); },
      [&] { return list_snapshots_script(kNonce, territory); }};
  if (kind >= all.size()) return std::nullopt;
  return all[kind]();
}

std::string take(std::string_view& input) {
  std::string_view const value = input.substr(0, input.find('\0'));
  input.remove_prefix(std::min(input.size(), value.size() + 1));
  return std::string(value);
}

}  // namespace

void feed_reply(std::string_view input) {
  if (input.empty()) return;
  bool const frame = (static_cast<unsigned char>(input.front()) & 1U) != 0;
  input.remove_prefix(1);
  frame ? feed_frame(input) : void(read(input));
}

void feed_script(std::string_view input) {
  static auto const* const kHarmless = [] {
    auto* const all = new std::vector<std::string>;
    for (std::size_t kind = 0; auto const line = line_of(kind, {}); ++kind)
      all->push_back(skeleton(line->value()));
    return all;
  }();
  if (input.empty()) return;
  std::size_t const kind = static_cast<unsigned char>(input.front()) % kHarmless->size();
  input.remove_prefix(1);
  Values values;
  values.base = "/n" + take(input) + "/m";
  values.directory = values.base + "/d" + take(input);
  values.cluster = take(input);
  values.name = "n" + take(input);
  values.host = "nqn." + take(input);
  values.label = "l" + take(input);
  if (!is_clean_path(values.base) || !is_clean_path(values.directory)) return;
  auto const line = *line_of(kind, values);
  if (!line.ok()) return;  // too long, or a byte that nobody knows how to carry
  if (line->size() > kProvenLineBytesMax) broken("too long: " + *line);
  std::string code = skeleton(*line), expected = (*kHarmless)[kind];
  // How long the base path is stands in code where a script cuts it off.
  for (std::string* text : {&code, &expected})
    std::erase_if(*text, [](char c) { return c >= '0' && c <= '9'; });
  if (code != expected) broken("a value became code: " + *line);
}

}  // namespace rdscsi::rds::fuzz
