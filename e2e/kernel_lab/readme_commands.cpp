// See readme_commands.h.
#include "e2e/kernel_lab/readme_commands.h"

#include <sstream>
#include <stdexcept>

namespace lab {
namespace {

constexpr char kSection[] = "## From zero to a connected volume";

[[noreturn]] void give_up(std::string const& what) {
  throw std::runtime_error("simulator/README.md: " + what);
}

// Without its `# comment` and the blanks in front of that.
std::string without_comment(std::string const& line) {
  std::string command = line.substr(0, line.find(" # "));
  while (!command.empty() && command.back() == ' ') command.pop_back();
  return command;
}

void place(ReadmeCommands& commands, std::string const& line) {
  auto const command = without_comment(line);
  auto const begins = [&](char const* with) { return command.rfind(with, 0) == 0; };
  if (begins("[")) {
    auto const end = command.find("] > ");
    if (end == std::string::npos) give_up("no prompt in `" + command + "`");
    auto const prompt = command.substr(0, end + 4);
    if (!commands.prompt.empty() && commands.prompt != prompt) give_up("two prompts: `" + prompt + "`");
    commands.prompt = prompt;
    commands.console.push_back(command.substr(end + 4));
  } else if (begins("ssh ")) {
    commands.ssh = command;
    auto const said = line.find("password: ");
    if (said == std::string::npos) give_up("no password beside `" + command + "`");
    commands.password = line.substr(said + 10);
  } else if (begins("nvme ")) {
    commands.host.push_back(command);
  } else if (begins("build/release/bin/rds-sim")) {
    commands.server = command;
  } else if (begins("./ci/setup.sh") || begins("cmake ")) {
    commands.build.push_back(command);
  } else {
    give_up("`" + command + "` is a command this test does not know");
  }
}

std::string quoted(std::string const& text) {
  std::string out = "'";
  for (char const c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace

ReadmeCommands read_commands(std::string const& readme) {
  ReadmeCommands commands;
  std::istringstream lines(readme);
  bool inside = false, code = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("## ", 0) == 0) inside = line == kSection;
    if (!inside) continue;
    if (line.rfind("```", 0) == 0) {
      code = !code;
    } else if (code && !line.empty()) {
      place(commands, line);
    }
  }
  if (commands.build.empty() || commands.server.empty() || commands.ssh.empty() || commands.console.empty() ||
      commands.host.empty())
    give_up("the section `" + std::string(kSection) + "` lacks a step from setup to nvme connect");
  return commands;
}

std::string option_of(std::string const& command, std::string const& option) {
  std::istringstream words(command);
  for (std::string word; words >> word;) {
    if (word == option && words >> word) return word;
  }
  return {};
}

std::string guest_script(ReadmeCommands const& commands) {
  std::string script =
      "mkdir -p /dev/pts /root/.ssh && mount -t devpts devpts /dev/pts\n"
      "echo 'root:x:0:0::/root:/bin/sh' >/etc/passwd\n"
      // What a newcomer answers with `yes`.
      "echo 'StrictHostKeyChecking accept-new' >/root/.ssh/config\n"
      "export HOME=/root\ncd /\n"
      "step server\n";
  script += commands.server + " >/tmp/server 2>&1 &\n";
  script += "wait_for 120 grep -q 'nvme connect' /tmp/server\nrun cat /tmp/server\nstep console\n";
  for (auto const& line : commands.console) script += "echo " + quoted(line) + " >>/tmp/typed\n";
  script += "echo '" + commands.ssh + " </tmp/typed' >/tmp/console\n";
  script += "run sshpass -p " + quoted(commands.password) + " sh /tmp/console\nstep host\n";
  for (auto const& line : commands.host) script += "run " + line + "\n";
  auto const nqn = option_of(commands.host.back(), "-n");
  script += "NQN=" + quoted(nqn) + "\n";
  script +=
      "wait_for 30 node_of \"$NQN\"\n"
      "node=$(node_of \"$NQN\")\n"
      "value size \"$(cat /sys/block/$node/size)\"\n"
      "step volume\n"
      "run mkfs.ext4 -F -q \"/dev/$node\"\n"
      "run mount -t ext4 \"/dev/$node\" /mnt\n"
      "run dd if=/dev/urandom of=/mnt/data bs=64k count=64 conv=fsync\n"
      "value written \"$(sha256sum </mnt/data)\"\n"
      "run umount /mnt\n"
      "run mount -t ext4 \"/dev/$node\" /mnt\n"
      "value read \"$(sha256sum </mnt/data)\"\n"
      "run umount /mnt\n"
      "run nvme disconnect -n \"$NQN\"\n";
  return script;
}

}  // namespace lab
