// See record.h.
#include "simulator/nvme_tcp/record.h"

namespace rdssim::nvme_tcp {

std::string_view to_string(WriteKind kind) {
  switch (kind) {
    case WriteKind::write:
      return "write";
    case WriteKind::write_zeroes:
      return "write zeroes";
    case WriteKind::deallocate:
      return "deallocate";
  }
  return "?";
}

std::string_view to_string(ConnectionEvent event) {
  switch (event) {
    case ConnectionEvent::accepted:
      return "accepted";
    case ConnectionEvent::connected:
      return "connected";
    case ConnectionEvent::queue_connected:
      return "queue connected";
    case ConnectionEvent::refused:
      return "refused";
    case ConnectionEvent::protocol_error:
      return "protocol error";
    case ConnectionEvent::queue_closed:
      return "queue closed";
    case ConnectionEvent::disconnected:
      return "disconnected";
  }
  return "?";
}

}  // namespace rdssim::nvme_tcp
