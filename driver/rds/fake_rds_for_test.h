// A scripted RDS for tests of rds::Volumes: answers each exec with what the test says, as framed rows or as
// raw bytes, and keeps the lines it was sent. Knows nothing of the console: what a line does is the test's
// business.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/reasons.h"
#include "rds/executor.h"
#include "rds/frame_for_test.h"
#include "rds/volumes.h"

namespace rdscsi::rds::testing {

class FakeRds : public Executor {
 public:
  using Answer = std::function<base::StatusOr<ExecReply>(std::string const& nonce)>;

  base::StatusOr<ExecReply> exec(base::Context const&, std::string_view line) override {
    lines_.emplace_back(line);
    EXPECT_LE(line.size(), line_bytes_max);
    EXPECT_TRUE(line.starts_with(":put \"")) << line;
    if (answers_.empty()) {
      ADD_FAILURE() << "an exec nobody expected: " << line;
      return base::fail(base::Reason::internal, base::Effect::unknown, "no answer left");
    }
    Answer const answer = answers_.front();
    answers_.pop_front();
    return answer(std::string(line.substr(6, 8)));
  }

  void answer(std::vector<Section> sections) {
    answers_.push_back([sections](std::string const& nonce) -> base::StatusOr<ExecReply> {
      return ExecReply{make_frame(nonce, sections), 0};
    });
  }
  void answer_raw(std::string output) {
    answers_.push_back([output](std::string const&) -> base::StatusOr<ExecReply> {
      return ExecReply{output, 0};
    });
  }
  void answer_with(Answer answer) { answers_.push_back(std::move(answer)); }
  void fail(base::Reason reason, base::Effect effect) {
    answers_.push_back([=](std::string const&) -> base::StatusOr<ExecReply> {
      return base::fail(reason, effect, "the fake RDS failed");
    });
  }

  // What the device takes.
  std::size_t line_bytes_max = 1023;

  std::vector<std::string> const& lines() const { return lines_; }
  bool answered_all() const { return answers_.empty(); }

 private:
  std::deque<Answer> answers_;
  std::vector<std::string> lines_;
};

inline constexpr char const* kId = "pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427";
inline constexpr char const* kCompact = "pvc-dnhcrorpuei5fcb7aalnhtfee4";
inline constexpr char const* kFile = "/storage-pool/metal-csi/pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427.img";
inline constexpr char const* kNqn = "nqn.2000-02.com.mikrotik:pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427";
// Cluster and name of the golden example in docs/formats.md.
inline constexpr char const* kCluster = "0b7f9c0e-6d0a-4c8e-9c3e-2f1d5a7b9e10";
inline constexpr char const* kMark = "rdscsi1 c=uq5d7plmst v=n2ofl3jmcuf4ogjy p=2rzgkgai fmt=never src=-";
inline constexpr char const* kOffered =
    "rdscsi1 c=uq5d7plmst v=n2ofl3jmcuf4ogjy p=2rzgkgai fmt=offered:zz6awvkx2a src=-";
inline constexpr char const* kForeignMark =
    "rdscsi1 c=aaaaaaaaaa v=n2ofl3jmcuf4ogjy p=2rzgkgai fmt=never src=-";
inline constexpr std::int64_t kGiB = std::int64_t{1} << 30;

inline Pairs outcome(std::string text) {
  return {{"e", std::move(text)}};
}

inline Pairs pool_row(std::string free = "99000000000") {
  return {{".id", "*1"},
          {"fs", "btrfs"},
          {"slot", "storage-pool"},
          {"mount-point", "storage-pool"},
          {"size", "107374182400"},
          {"free", std::move(free)},
          {"type", "raid"}};
}

// A complete disk of kId, 1 GiB; `changes` replace or add pairs, an empty value takes one away.
inline Pairs disk_row(Pairs const& changes = {}) {
  Pairs row = {{".id", "*2"},
               {"comment", kMark},
               {"file-path", kFile},
               {"mount-filesystem", "false"},
               {"nvme-tcp-export", "true"},
               {"nvme-tcp-server-nqn", kNqn},
               {"nvme-tcp-server-port", "4420"},
               {"size", "1073741824"},
               {"slot", kCompact},
               {"type", "file"}};
  for (auto const& [key, value] : changes) {
    std::string const name = key;
    std::erase_if(row, [&](auto const& pair) { return pair.first == name; });
    if (!value.empty()) row.emplace_back(key, value);
  }
  return row;
}

inline Pairs file_row(std::string path = kFile) {
  return {{".id", "*9"}, {"name", path.substr(1)}, {"type", ".img file"}};
}

inline Territory territory() {
  return {"/storage-pool/metal-csi", kCluster, SlotStyle::automatic};
}

inline VolumeSpec spec() {
  VolumeSpec spec;
  spec.volume_id = kId;
  spec.csi_name = kId;
  spec.directory = "/storage-pool/metal-csi";
  spec.size_bytes = kGiB;
  spec.required_bytes = kGiB;
  spec.content_fingerprint = "2rzgkgai";
  return spec;
}

inline base::Reason reason_of(base::Status const& status) {
  return status.ok() ? base::Reason::internal : base::failure_of(status).reason;
}
inline base::Effect effect_of(base::Status const& status) {
  return status.ok() ? base::Effect::none : base::failure_of(status).effect;
}
inline bool says(base::Status const& status, std::string const& text) {
  return std::string(status.message()).find(text) != std::string::npos;
}

}  // namespace rdscsi::rds::testing
