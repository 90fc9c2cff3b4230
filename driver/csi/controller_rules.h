// What several controller RPCs check or say alike. Used by controller.cpp and controller_publish.cpp only.
// Pure functions; thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "csi/list_token.h"

namespace rdscsi::csi {

struct Done {};  // the value of an operation without one

base::Status invalid(std::string const& message);

// Rule 6 for calls that only read; mutations get the same margin from base::Operations.
base::Context with_reply_margin(base::Context const& ctx);

// A read that ended because the caller's time ended: the caller's deadline is the reason, not the device (it
// may be well). Reads change nothing, so the effect is none.
base::Status blame_own_deadline(base::Context const& ctx, base::Status const& status);

// Never was an id of this driver (docs/formats.md): what it names is gone, and no such text may reach a
// device (W-07).
bool never_was_ours(base::Status const& place);

base::Status check_max_entries(std::int32_t max_entries);

// The most entries of one answer: a gRPC client takes 4 MiB, an entry of ListVolumes is some 300 bytes.
// Sidecars ask with max_entries 0 and follow next_token (external-attacher, external-health-monitor), so
// nothing is lost.
inline constexpr std::size_t kPageMax = 10'000;

// Puts into `response` what `sorted` holds after the id `after`, at most `max_entries` (0: kPageMax), and the
// token for the rest. `id_of` names an item, `entry_of` makes the response's entry of it.
template <typename Item, typename Response, typename IdOf, typename EntryOf>
void fill_page(std::vector<Item> const& sorted, std::string const& after, std::int32_t max_entries,
               IdOf id_of, EntryOf entry_of, Response& response) {
  std::size_t const most =
      max_entries > 0 ? std::min(static_cast<std::size_t>(max_entries), kPageMax) : kPageMax;
  std::string last;
  for (Item const& item : sorted) {
    if (id_of(item) <= after) continue;
    if (response.entries.size() == most) {
      response.next_token = make_list_token(last);
      return;
    }
    response.entries.push_back(entry_of(item));
    last = id_of(item);
  }
}

// The id the page before ended with, from its token; "" without a token. stale_token for one that was not
// handed out by this driver.
base::StatusOr<std::string> first_after(std::string const& starting_token);

}  // namespace rdscsi::csi
