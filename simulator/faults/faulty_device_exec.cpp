// One command on a FaultyDevice: which faults strike it, its run on the device, the shape of its reply.
#include <algorithm>
#include <utility>

#include "simulator/faults/faulty_device.h"
#include "simulator/faults/faulty_device_state.h"
#include "simulator/faults/output_damage.h"
#include "simulator/faults/text.h"

namespace rdssim::faults {

using rdscsi::base::now;

ExecVerdict FaultyDevice::exec(SessionId session, std::string_view line, ExecMode mode) {
  expire();
  Run run;
  run.session = session;
  run.line = line;
  run.options.interactive = mode.interactive;
  run.options.width = mode.width;
  run.options.height = mode.height;
  run.options.menu = run.verdict.menu = std::move(mode.menu);
  run.options.memory = std::move(mode.memory);
  begin(run);
  strike_link(run, LinkAt::command);
  if (run.arrived) {
    slow(run, false);
    evaluate(run);
    slow(run, true);
    strike_link(run, LinkAt::reply);
  }
  shape_reply(run);
  finish(run);
  return std::move(run.verdict);
}

// Finds the session, opens the record and selects the faults.
void FaultyDevice::begin(Run& run) {
  Outbox outbox;
  {
    Guard guard(state_->mutex);
    Session const* session = state_->find(run.session);
    run.arrived = session != nullptr && !session->half_open && !state_->stopped;
    auto const wished = run.options;
    if (session != nullptr) {
      run.options = session->options;
      run.interrupts = session->interrupts;
    }
    run.boots = state_->boots;
    run.options.interactive = wished.interactive;
    run.options.menu = wished.menu;
    run.options.memory = wished.memory;
    if (wished.width > 0) run.options.width = wished.width;
    if (wished.height > 0) run.options.height = wished.height;

    CommandRecord record;
    record.id = run.command = run.verdict.command = state_->forgotten + state_->history.size() + 1;
    record.session = run.session;
    record.user = run.options.user;
    record.line = std::string(run.line);
    record.started = now();
    state_->history.push_back(std::move(record));
    while (state_->history.size() > state_->options.history_kept && state_->history.front().finished) {
      state_->history.pop_front();
      ++state_->forgotten;
    }
    ++state_->counters.execs;
    if (run.arrived) {
      for (auto* fault : state_->book.strike_command(run.line, run.options.user)) {
        run.strikes.push_back(fault->record.id);
        run.faults.push_back(fault->record.fault);
      }
    }
    state_->book.world().running = ++state_->counters.running;
    outbox.add(Event::Kind::command_started, run.session, run.options.user, std::string(run.line));
    outbox.events.back().command = run.command;
  }
  deliver(outbox);
}

void FaultyDevice::fire(Run& run, FaultId id) {
  if (!run.fired.insert(id).second) return;
  Outbox outbox;
  {
    Guard guard(state_->mutex);
    outbox.fire(state_->book, *state_->book.find(id), run.session, run.command);
  }
  deliver(outbox);
}

// reset and half_open that strike this command, before it is read or instead of its reply.
void FaultyDevice::strike_link(Run& run, LinkAt at) {
  for (std::size_t i = 0; i < run.faults.size(); ++i) {
    Fault const& fault = run.faults[i];
    bool const cuts = fault.kind == FaultKind::reset || fault.kind == FaultKind::half_open;
    if (!cuts || fault.at != at || !run.arrived) continue;
    fire(run, run.strikes[i]);
    Outbox outbox;
    {
      Guard guard(state_->mutex);
      if (fault.kind == FaultKind::reset) drop_session(run.session, "reset", outbox);
      if (fault.kind == FaultKind::half_open) go_half_open(run.session, run.strikes[i], outbox);
    }
    deliver(outbox);
    if (at == LinkAt::command) run.arrived = false;
  }
}

// Runs the line on the device, or on a copy that is thrown away (done_but_error), or not at all (error_text).
void FaultyDevice::evaluate(Run& run) {
  bool on_copy = false;
  for (std::size_t i = 0; i < run.faults.size(); ++i) {
    Fault const& fault = run.faults[i];
    if (fault.kind == FaultKind::error_text && fault.after_effect == 0) {
      fire(run, run.strikes[i]);
      run.cut_short = true;
      run.verdict.output = concat(fault.text, "\r\n");
      run.verdict.exit_status = fault.status;
      return;
    }
    if (fault.kind == FaultKind::done_but_error) {
      fire(run, run.strikes[i]);
      on_copy = true;
    }
  }
  routeros::ExecutionHooks hooks;
  hooks.after_effect = [&](routeros::EffectRecord const& effect) {
    return on_copy || after_effect(run, effect);
  };
  hooks.sessions = [this] { return logged_in(); };
  hooks.end_session = [&](std::uint64_t id) {
    if (!on_copy) cut(id);
  };
  hooks.busy = [&](Duration duration) {
    give_device_back();
    busy(run, duration);
    take_device();
  };
  Hold hold(*this);
  if (device_->boot_stage() < routeros::BootStage::ssh) {  // it went down since the command was sent
    run.arrived = false;
    return;
  }
  run.device = device_;
  std::unique_ptr<routeros::Device> copy;
  if (on_copy) {
    auto made = routeros::Device::from_state(device_->save_state(), state_->options.seed);
    if (!made.ok()) return;  // a device that cannot load its own state says nothing and does nothing
    copy = std::move(*made);
  }
  auto result = (copy ? *copy : *run.device).execute(run.options, run.line, hooks);
  if (!result.killed) run.verdict.menu = result.menu;
  run.verdict.output.insert(0, result.output);
  if (!run.cut_short) run.verdict.exit_status = result.exit_status;
  if (result.hangs) run.verdict.reply = Reply::never;
}

// After each effect, with the device held: false ends the script here.
bool FaultyDevice::after_effect(Run& run, routeros::EffectRecord const& effect) {
  ++run.effects;
  Event event;
  event.kind = Event::Kind::effect;
  event.at = now();
  event.session = run.session;
  event.command = run.command;
  event.user = run.options.user;
  event.text = concat(effect.menu, " ", effect.command, " ", effect.target);
  event.effect = &effect;
  event.device = run.device.get();
  tell(event);

  bool goes_on = true;
  for (std::size_t i = 0; i < run.faults.size(); ++i) {
    Fault const& fault = run.faults[i];
    if (fault.after_effect <= 0 || run.effects != static_cast<std::uint64_t>(fault.after_effect)) continue;
    if (fault.kind == FaultKind::error_text) {
      fire(run, run.strikes[i]);
      run.verdict.output = concat(fault.text, "\r\n");
      run.verdict.exit_status = fault.status;
      run.cut_short = true;
      goes_on = false;
    }
    if (fault.kind == FaultKind::session_dies) {
      fire(run, run.strikes[i]);
      Outbox outbox;
      {
        Guard guard(state_->mutex);
        auto& random = state_->book.find(run.strikes[i])->random;
        bool const stops =
            fault.script == ScriptFate::stops || (fault.script == ScriptFate::seeded && random.chance(0.5));
        if (stops) goes_on = false;
        drop_session(run.session, "reset", outbox);
      }
      deliver(outbox);
    }
  }
  Guard guard(state_->mutex);
  Session const* session = state_->find(run.session);
  bool const interrupted = session != nullptr && session->interrupts != run.interrupts;
  return goes_on && !interrupted && !state_->stopped;
}

void FaultyDevice::slow(Run& run, bool after) {
  for (std::size_t i = 0; i < run.faults.size(); ++i) {
    Fault const& fault = run.faults[i];
    if (fault.kind != FaultKind::slow || fault.busy_after != after) continue;
    fire(run, run.strikes[i]);
    busy(run, fault.busy);
  }
}

// Busy time passes; interrupt() and stop() end it. The device is not held.
void FaultyDevice::busy(Run const& run, Duration duration) {
  if (!state_->options.busy_passes) return;
  Lock lock(state_->mutex);
  state_->interrupted.wait_until(lock, now() + duration, [&] {
    Session const* session = state_->find(run.session);
    return state_->stopped || state_->boots != run.boots ||
           (session != nullptr && session->interrupts != run.interrupts);
  });
}

// What faults do to the reply, in an order that does not depend on the order of injection: text, status,
// bytes, fate.
void FaultyDevice::shape_reply(Run& run) {
  auto& verdict = run.verdict;
  auto const each = [&](FaultKind kind, auto const& apply) {
    for (std::size_t i = 0; i < run.faults.size(); ++i) {
      if (run.arrived && run.faults[i].kind == kind && apply(run.faults[i], run.strikes[i])) {
        fire(run, run.strikes[i]);
      }
    }
  };
  auto const random_of = [&](FaultId id) -> rdscsi::base::RandomStream {
    Guard guard(state_->mutex);
    return state_->book.find(id)->random.derive(concat("command-", std::to_string(run.command)));
  };
  each(FaultKind::error_but_done, [&](Fault const& fault, FaultId) {
    verdict.output = concat(fault.text, "\r\n");
    verdict.exit_status = fault.status;
    return true;
  });
  each(FaultKind::exit_status, [&](Fault const& fault, FaultId) {
    verdict.exit_status = fault.status;
    return true;
  });
  each(FaultKind::log_line, [&](Fault const& fault, FaultId id) {
    auto random = random_of(id);
    return insert_log_line(fault, random, &verdict.output);
  });
  each(FaultKind::output_garbled, [&](Fault const& fault, FaultId id) {
    auto random = random_of(id);
    return garble_output(fault, random, &verdict.output);
  });
  each(FaultKind::output_cut, [&](Fault const& fault, FaultId id) {
    auto random = random_of(id);
    if (!cut_output(fault, random, &verdict.output)) return false;
    if (fault.how == ReplyHow::hang) verdict.reply = Reply::never;
    if (fault.how == ReplyHow::reset) verdict.reply = Reply::then_reset;
    return true;
  });
  each(FaultKind::trickle, [&](Fault const& fault, FaultId) {
    verdict.bytes_per_second = fault.rate;
    return !verdict.output.empty();
  });
  each(FaultKind::reply_lost, [&](Fault const& fault, FaultId) {
    verdict.output.clear();
    verdict.reply = fault.how == ReplyHow::reset ? Reply::session_dead : Reply::never;
    return true;
  });
}

// Closes the record; a session that died or fell silent meanwhile gets nothing.
void FaultyDevice::finish(Run& run) {
  Outbox outbox;
  auto& verdict = run.verdict;
  {
    Guard guard(state_->mutex);
    Session const* session = state_->find(run.session);
    if (session == nullptr) {
      verdict.reply = Reply::session_dead;
    } else if (session->half_open) {
      verdict.reply = Reply::vanished;
    } else if (verdict.reply == Reply::session_dead) {
      drop_session(run.session, "reset", outbox);
    }
    if (state_->stopped) verdict.reply = Reply::session_dead;
    if (verdict.reply == Reply::session_dead || verdict.reply == Reply::vanished) verdict.output.clear();
    for (FaultId const id : run.strikes) {
      if (run.fired.count(id) == 0) state_->book.missed(*state_->book.find(id));
    }
    CommandRecord& record = state_->history[run.command - 1 - state_->forgotten];
    record.finished = now();
    record.reply = verdict.reply;
    record.output = verdict.output;
    record.effects = run.effects;
    record.faults.assign(run.fired.begin(), run.fired.end());
    state_->book.world().running = --state_->counters.running;
    outbox.add(Event::Kind::command_finished, run.session, run.options.user, record.line,
               std::string(to_string(verdict.reply)));
    outbox.events.back().command = run.command;
  }
  deliver(outbox);
}

}  // namespace rdssim::faults
