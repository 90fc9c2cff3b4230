// Cut, garbled and interleaved output.
#include "simulator/faults/output_damage.h"

#include <algorithm>
#include <vector>

namespace rdssim::faults {

bool cut_output(Fault const& fault, rdscsi::base::RandomStream& random, std::string* output) {
  if (output->empty()) return false;
  std::size_t const keep =
      fault.at_byte ? static_cast<std::size_t>(*fault.at_byte) : random.below(output->size());
  if (keep >= output->size()) return false;
  output->resize(keep);
  return true;
}

bool garble_output(Fault const& fault, rdscsi::base::RandomStream& random, std::string* output) {
  if (output->empty()) return false;
  for (int i = 0; i < fault.bytes; ++i) {
    auto& byte = (*output)[random.below(output->size())];
    byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1 + random.below(255)));
  }
  return true;
}

bool insert_log_line(Fault const& fault, rdscsi::base::RandomStream& random, std::string* output) {
  std::vector<std::size_t> starts = {0};
  for (std::size_t i = 0; i < output->size(); ++i) {
    if ((*output)[i] == '\n') starts.push_back(i + 1);
  }
  std::size_t const index =
      fault.line ? static_cast<std::size_t>(*fault.line) - 1 : random.below(starts.size());
  if (index >= starts.size()) return false;
  output->insert(starts[index], fault.text + "\r\n");
  return true;
}

}  // namespace rdssim::faults
