// The parts of Mailbox that do not depend on the message's type: how a receive fails.
#include "base/mailbox.h"

namespace rdscsi::base::detail {

Status receive_ended(Context const& ctx) {
  Status const status = ctx.check();
  if (!status.ok()) return status;
  return fail(Reason::deadline, Effect::none, "the mailbox had no message before the caller's deadline");
}

Status mailbox_closed() {
  return fail(Reason::shutting_down, Effect::none, "the mailbox is closed and empty");
}

}  // namespace rdscsi::base::detail
