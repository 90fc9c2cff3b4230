// Random CSI requests by reflection.
#include "csi/testing/fuzz_messages.h"

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/message.h>

#include <array>
#include <limits>
#include <string_view>

namespace rdscsi::csi::testing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr int kDepthMax = 4;

// Words that mean something to a validator: names, keys and values, right, nearly right and hostile.
constexpr std::array<std::string_view, 46> kWords = {"",
                                                     "pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427",
                                                     "pvc-1B4E28BA-2FA1-11D2-883F-0016D3CCA427",
                                                     "pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca42",
                                                     "rack7.pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427",
                                                     "x",
                                                     "nvme1",
                                                     "..",
                                                     "/",
                                                     "*1",
                                                     "\"]; /system reset-configuration",
                                                     "$(reboot)",
                                                     "a b",
                                                     "line\r\nbreak",
                                                     "rdsAddress",
                                                     "nvmeAddress",
                                                     "nvmePort",
                                                     "volumePath",
                                                     "ctrlLossTmo",
                                                     "reconnectDelay",
                                                     "keepAliveTmo",
                                                     "migrationTimeoutSeconds",
                                                     "sshPort",
                                                     "csi.storage.k8s.io/fstype",
                                                     "csi.storage.k8s.io/pvc/name",
                                                     "nqn",
                                                     "4420",
                                                     "0",
                                                     "-1",
                                                     "65536",
                                                     "44x",
                                                     "300",
                                                     "9223372036854775807",
                                                     "-9223372036854775808",
                                                     "99999999999999999999",
                                                     "10.42.68.1",
                                                     "fd00::1",
                                                     "host.example",
                                                     "/storage-pool/metal-csi",
                                                     "/storage-pool/metal-csi/sub",
                                                     "/storage-pool/metal-csi-evil",
                                                     "/storage-pool/metal-csi/../x",
                                                     "ext4",
                                                     "xfs",
                                                     "btrfs",
                                                     "v1.pvc-a.cbddb09a"};

std::string fuzz_text(base::RandomStream& random) {
  if (random.chance(0.85)) return std::string(kWords[random.below(kWords.size())]);
  // ASCII only: proto3 text is UTF-8, and what is not never gets past protobuf (fuzz_bytes tries).
  std::string text(random.below(random.chance(0.02) ? 5000 : 140), ' ');
  for (auto& c : text) c = static_cast<char>(random.below(128));
  return text;
}

std::int64_t fuzz_integer(base::RandomStream& random) {
  constexpr std::array<std::int64_t, 12> kEdges = {0,
                                                   1,
                                                   -1,
                                                   std::int64_t{1} << 30,
                                                   (std::int64_t{1} << 30) + 1,
                                                   std::int64_t{10} << 30,
                                                   std::int64_t{1} << 44,
                                                   (std::int64_t{1} << 44) + 1,
                                                   std::numeric_limits<std::int64_t>::max(),
                                                   std::numeric_limits<std::int64_t>::min(),
                                                   512,
                                                   7};
  return random.chance(0.9) ? kEdges[random.below(kEdges.size())] : static_cast<std::int64_t>(random.next());
}

void fill(Message& message, base::RandomStream& random, int depth);

Message* sub_message(Message& message, FieldDescriptor const& field) {
  Reflection const& reflection = *message.GetReflection();
  return field.is_repeated() ? reflection.AddMessage(&message, &field)
                             : reflection.MutableMessage(&message, &field);
}

// Sets or adds one value of `field`.
void fill_field(Message& message, FieldDescriptor const& field, base::RandomStream& random, int depth) {
  Reflection const& reflection = *message.GetReflection();
  bool const many = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return many ? reflection.AddString(&message, &field, fuzz_text(random))
                  : reflection.SetString(&message, &field, fuzz_text(random));
    case FieldDescriptor::CPPTYPE_INT32:
      if (!many) reflection.SetInt32(&message, &field, static_cast<std::int32_t>(fuzz_integer(random)));
      return;
    case FieldDescriptor::CPPTYPE_INT64:
      if (!many) reflection.SetInt64(&message, &field, fuzz_integer(random));
      return;
    case FieldDescriptor::CPPTYPE_BOOL:
      if (!many) reflection.SetBool(&message, &field, random.chance(0.5));
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      if (!many)
        reflection.SetEnumValue(&message, &field,
                                random.chance(0.5) ? 1 : static_cast<int>(random.below(12)));
      return;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (depth < kDepthMax) fill(*sub_message(message, field), random, depth + 1);
      return;
    default:
      return;  // CSI requests have no others
  }
}

void fill(Message& message, base::RandomStream& random, int depth) {
  auto const& descriptor = *message.GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    auto const& field = *descriptor.field(i);
    // Map entries are whole, and what nobody sets in practice comes less often, so that some requests get
    // through.
    bool const likely = descriptor.options().map_entry() || field.number() <= 3;
    if (!random.chance(likely ? 0.85 : 0.2)) continue;
    std::uint64_t const count = field.is_repeated() ? 1 + random.below(random.chance(0.9) ? 2 : 12) : 1;
    for (std::uint64_t n = 0; n < count; ++n) fill_field(message, field, random, depth);
  }
}

}  // namespace

void fuzz_message(Message& message, base::RandomStream& random) {
  message.Clear();
  fill(message, random, 0);
}

void fuzz_bytes(std::string& bytes, base::RandomStream& random) {
  std::uint64_t const changes = 1 + random.below(4);
  for (std::uint64_t i = 0; i < changes; ++i) {
    std::size_t const at = random.below(bytes.size() + 1);
    switch (random.below(4)) {
      case 0:
        if (at < bytes.size()) bytes[at] = static_cast<char>(random.below(256));
        break;
      case 1:
        bytes.resize(at);
        break;
      case 2:
        bytes.insert(at, 1, static_cast<char>(random.below(256)));
        break;
      default:
        bytes += bytes.substr(at);
    }
  }
}

}  // namespace rdscsi::csi::testing
