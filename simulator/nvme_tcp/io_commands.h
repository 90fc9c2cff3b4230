// The I/O commands of the NVM command set, on the bytes of one export. Pure but for the Image and the record
// of what was written. Used by connections. Source: NVM Command Set Specification 1.0, section 3.2.
#pragma once

#include <functional>

#include "simulator/nvme_tcp/controller.h"
#include "simulator/nvme_tcp/fault.h"

namespace rdssim::nvme_tcp {

// Judges the command before its data is asked for.
Expected expected_io_data(Command const& command, Subsystem const& subsystem);

// The blocks a command touches, for faults and records; nothing for Flush.
std::optional<BlockRange> blocks_of(Command const& command);

// Runs it. `command.data` holds what expected_io_data() asked for. `wrote` is told of each range that
// changed.
using Wrote = std::function<void(WriteKind kind, std::uint64_t lba, std::uint32_t blocks)>;
Outcome run_io(Command const& command, Subsystem const& subsystem, Wrote const& wrote);

}  // namespace rdssim::nvme_tcp
