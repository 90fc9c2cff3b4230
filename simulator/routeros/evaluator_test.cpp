// The scripting language, told as short scripts and what they print. Where RouterOS' behaviour is documented
// the source is HELP Scripting; what is inferred says so.
#include <gtest/gtest.h>

#include "simulator/routeros/device.h"

namespace rdssim::routeros {
namespace {

class Evaluator : public ::testing::Test {
 protected:
  std::string run(std::string_view line) { return device_->execute({}, line, {}).output; }
  std::unique_ptr<Device> device_ = *Device::make("7.16", std::int64_t{10} << 30, 1);
};

TEST_F(Evaluator, PutEndsItsLineWithCrLf) {
  EXPECT_EQ(run(":put hello"), "hello\r\n");
  EXPECT_EQ(run("put hello;:put \"\""), "hello\r\n\r\n");
  EXPECT_EQ(run(""), "");
  EXPECT_EQ(run("# only a comment"), "");
}

TEST_F(Evaluator, StringsKnowEveryEscape) {
  EXPECT_EQ(run(R"(:put "q\" b\\ d\$x s\_ h\41\7E t\t")"), "q\" b\\ d$x s  hA~ t\t\r\n");
  EXPECT_EQ(run(R"(:put "\n\r\a\b\f\v\?")"), "\n\r\a\b\f\v?\r\n");
  EXPECT_EQ(run(R"(:put "bad \z")"), "expected input value (line 1 column 12)\r\n");
  EXPECT_EQ(run(":put \"caf\xC3\xA9 end$\""), "caf\xC3\xA9 end$\r\n")
      << "bytes above 127 and a lone dollar stay";
}

TEST_F(Evaluator, StringsInterpolate) {
  EXPECT_EQ(run(R"x(:local x 5;:put "a$x b$[:len "four"] c$(1+2)")x"), "a5 b4 c3\r\n");
}

TEST_F(Evaluator, ArithmeticAndComparison) {
  EXPECT_EQ(run(":put (1+2*3-4)"), "3\r\n");
  EXPECT_EQ(run(":put (10-4-3)"), "3\r\n") << "left to right";
  EXPECT_EQ(run(":put ((1+2)*3)"), "9\r\n");
  EXPECT_EQ(run(":put (7/2);:put (7%2);:put (-3+1);:put (1<<4)"), "3\r\n1\r\n-2\r\n16\r\n");
  EXPECT_EQ(run(":put (1=1&&2>3||4<=4)"), "true\r\n");
  EXPECT_EQ(run(":put (!(1!=2))"), "false\r\n");
  EXPECT_EQ(run(":put (\"abc\"~\"^a.c\\$\")"), "true\r\n");
  EXPECT_EQ(run(":put (1/0)"), "division by zero\r\n");
  EXPECT_EQ(run(":put (9223372036854775807+1)"), "-9223372036854775808\r\n") << "64 bits, wrapping";
}

TEST_F(Evaluator, ConcatenationOfTextAndArrays) {
  EXPECT_EQ(run(":put (\"err \".[:len \"abc\"].\" \".\"x\")"), "err 3 x\r\n");
  EXPECT_EQ(run(":put ({1;2},3,{\"k\"=4})"), "1;2;3;k=4\r\n");
}

TEST_F(Evaluator, ArraysHoldListsAndKeys) {
  EXPECT_EQ(
      run(":local a {1;2;\"a\"=3;b=\"x y\"};:put [:len $a];:put ($a->0);:put ($a->\"a\");:put ($a->\"b\")"),
      "4\r\n1\r\n3\r\nx y\r\n");
  EXPECT_EQ(run(":local a {z=1;b=2;9};:put $a"), "9;b=2;z=1\r\n")
      << "lists first, then keys in order (inferred)";
  EXPECT_EQ(run(":local a {{1;2};{3}};:put ($a->0->1);:put [:len ($a->1)]"), "2\r\n1\r\n");
  EXPECT_EQ(run(":local a {1;2};:set ($a->0) 7;:set ($a->\"k\") 8;:put $a"), "7;2;k=8\r\n");
  EXPECT_EQ(run(":put [:typeof ({}->\"none\")]"), "nothing\r\n");
}

TEST_F(Evaluator, ForeachGoesOverValuesAndKeys) {
  EXPECT_EQ(run(":foreach v in={1;2} do={:put $v}"), "1\r\n2\r\n");
  EXPECT_EQ(run(":foreach k,v in={5;a=6} do={:put \"$k=$v\"}"), "0=5\r\na=6\r\n");
  EXPECT_EQ(run(":foreach v in=[/disk find where slot=none] do={:put never}"), "");
}

TEST_F(Evaluator, LoopsAndConditions) {
  EXPECT_EQ(run(":for i from=1 to=3 do={:put $i}"), "1\r\n2\r\n3\r\n");
  EXPECT_EQ(run(":for i from=3 to=1 step=-2 do={:put $i}"), "3\r\n1\r\n");
  EXPECT_EQ(run(":local i 0;:while ($i<2) do={:set i ($i+1);:put $i}"), "1\r\n2\r\n");
  EXPECT_EQ(run(":local i 5;:do {:put $i;:set i ($i+1)} while=($i<7)"), "5\r\n6\r\n");
  EXPECT_EQ(run(":if (1=2) do={:put a} else={:put b}"), "b\r\n");
  EXPECT_EQ(run(":if (5) do={:put a}"), "conditional not boolean\r\n");
}

TEST_F(Evaluator, ErrorsStopTheScriptUnlessCaught) {
  EXPECT_EQ(run(":put a;:error boom;:put b"), "a\r\nboom\r\n");
  EXPECT_EQ(run(":do {:error boom} on-error={:put caught};:put after"), "caught\r\nafter\r\n");
  EXPECT_EQ(run(":onerror e in={:error \"boom 1\"} do={:put \"got $e\"}"), "got boom 1\r\n");
  EXPECT_EQ(run(":onerror e in={:put fine} do={:put \"got $e\"}"), "fine\r\n");
  EXPECT_EQ(run(":do {:onerror e in={:error a} do={:error \"$e b\"}} on-error={:put outer}"), "outer\r\n");
}

TEST_F(Evaluator, NothingRunsWhenTheLineDoesNotParse) {
  EXPECT_EQ(run(":put a;/disk remove [find];:nonsense"), "bad command name nonsense (line 1 column 29)\r\n");
  EXPECT_EQ(device_->disks().size(), 1U);
  EXPECT_TRUE(device_->effects().empty());
}

TEST_F(Evaluator, UndefinedVariablesAreSyntaxErrorsAtTheirName) {
  EXPECT_EQ(run(":put $undef"), "syntax error (line 1 column 7)\r\n");
  EXPECT_EQ(run(":set x 1"), "syntax error (line 1 column 6)\r\n");
  EXPECT_EQ(run(":local x 1;{:local y 2};:put $y"), "syntax error (line 1 column 31)\r\n");
  EXPECT_EQ(run(":onerror e in={:put $e} do={}"), "syntax error (line 1 column 22)\r\n");
}

TEST_F(Evaluator, EachLineIsItsOwnScopeAndGlobalsOutliveIt) {
  run(":local x 1;:global g 5");
  EXPECT_EQ(run(":put $x"), "syntax error (line 1 column 7)\r\n");
  EXPECT_EQ(run(":put $g"), "syntax error (line 1 column 7)\r\n") << "a global must be declared to be seen";
  EXPECT_EQ(run(":global g;:put $g"), "5\r\n");
}

TEST_F(Evaluator, FunctionsTakeArgumentsAndReturn) {
  EXPECT_EQ(run(":local f do={:return ($1+$x);:put never};:put [$f 2 x=3]"), "5\r\n");
  run(":global twice do={:return ($1*2)}");
  EXPECT_EQ(run(":global twice;:put [$twice 21]"), "42\r\n");
}

TEST_F(Evaluator, TextFunctions) {
  EXPECT_EQ(run(":put [:pick \"abcdef\" 1 3];:put [:pick \"abcdef\" 4];:put [:pick \"abc\" 1 99]"),
            "bc\r\ne\r\nbc\r\n");
  EXPECT_EQ(run(":local p \"/a/b\";:put [:pick $p 1 [:len $p]]"), "a/b\r\n");
  EXPECT_EQ(
      run(":put [:find \"x/a/b\" \"/a/b\"];:put [:find \"abca\" \"a\" 0];:put [:find \"abc\" \"a\" -1]"),
      "1\r\n3\r\n0\r\n");
  EXPECT_EQ(run(":put [:len [:find \"abc\" \"z\"]];:put [:len \"\"];:put [:len [:nothing]]"),
            "0\r\n0\r\n0\r\n");
}

TEST_F(Evaluator, TypesAndConversions) {
  EXPECT_EQ(run(":foreach v in={1;\"1\";true;*1A;1d2h;1.2.3.4;{1}} do={:put [:typeof $v]}"),
            "num\r\nstr\r\nbool\r\nid\r\ntime\r\nip\r\narray\r\n");
  EXPECT_EQ(run(":put [:typeof [:nothing]];:put [:typeof [:find \"a\" \"b\"]];:local x;:put [:typeof $x]"),
            "nothing\r\nnil\r\nnothing\r\n");
  EXPECT_EQ(run(":put ([:tonum \"12\"]+1);:put [:typeof [:tonum \"x\"]];:put [:tostr {1;2}];:put [:len "
                "[:toarray \"a,b\"]]"),
            "13\r\nnothing\r\n1;2\r\n2\r\n");
  EXPECT_EQ(run(":put [:tobool yes];:put [:totime 90];:put 0x1F"), "true\r\n1m30s\r\n31\r\n");
}

// Found by console_fuzz: the sum overflowed. What a time cannot hold (292 years in nanoseconds) is none.
TEST_F(Evaluator, TimesBeyondWhatATimeHoldsAreNone) {
  for (auto text : {"999999999:00:00", "99999999999999999999:1", "1:9223372036854775807:1", "999999999w",
                    "15250w15250w", "15250w99999:00:00"}) {
    EXPECT_EQ(run(":put [:typeof [:totime \"" + std::string(text) + "\"]]"), "nothing\r\n") << text;
  }
  EXPECT_EQ(run(":put [:totime \"15250w23:59:59\"];:put [:totime \"1d00:01\"]"),
            "15250w23h59m59s\r\n1d1m\r\n");
}

TEST_F(Evaluator, OpenQuotesAndBracketsWaitForMore) {
  for (auto line : {":put \"open", ":if (1=1) do={:put a", ":put [:len abc", ":put (1+2", ":local a {1;2"}) {
    auto const result = device_->execute({}, line, {});
    EXPECT_TRUE(result.hangs) << line;
    EXPECT_EQ(result.output, "") << line;
  }
}

TEST_F(Evaluator, AScriptWithoutEndHangsButReturns) {
  auto const result = device_->execute({}, ":put a;:while (true) do={}", {});
  EXPECT_TRUE(result.hangs);
  EXPECT_EQ(result.output, "a\r\n");
}

TEST_F(Evaluator, ThousandsOfBracketsAreAnError) {
  for (std::string open : {"(", "[", "{", "!", "({", "\"$[", ":put [:put ("}) {
    std::string line = ":put (";
    for (int i = 0; i < 20'000; ++i) line += open;
    auto const result = device_->execute({}, line, {});
    EXPECT_TRUE(result.hangs || result.output.find("line 1") != std::string::npos) << open;
  }
  for (std::string link : {"+1", ".a", "->1", " and true", ",2"}) {
    std::string line = ":put (1";
    for (int i = 0; i < 20'000; ++i) line += link;
    EXPECT_TRUE(device_->execute({}, line + ")", {}).output.starts_with("syntax error")) << link;
  }
}

TEST_F(Evaluator, PathsMayUseSlashesBlanksDotsAndAbbreviations) {
  for (auto line :
       {"/disk/print count-only", "/disk print count-only", "/di pr count-only", "/disk; print count-only",
        "/file; .. disk print count-only", "/disk/../disk/print count-only", ":disk print count-only"}) {
    EXPECT_EQ(run(line), "1\r\n") << line;
  }
  EXPECT_EQ(run("/d print"), "bad command name d (line 1 column 2)\r\n")
      << "disk, delay and do begin with it";
  EXPECT_EQ(run("/Disk print"), "expected command name (line 1 column 2)\r\n");
  EXPECT_EQ(run("//disk print"), "expected command name (line 1 column 2)\r\n");
}

// A line of a hundred thousand brackets is refused before it uses up the stack.
TEST_F(Evaluator, ConstructsNestAndChainOnlySoFar) {
  auto const repeated = [](std::string_view piece) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += piece;
    return text;
  };
  for (auto const& line :
       {":put " + repeated("["), ":put (" + repeated("("), ":put " + repeated("{"), repeated("{"),
        repeated("/disk {"), ":put (" + repeated(">"), ":put (" + repeated("!"),
        ":put (1" + repeated("+1") + ")", ":local a {1};:put ($a" + repeated("->0") + ")",
        ":local a {1};:put {$a" + repeated("->0") + "}", ":put {{1}" + repeated(",1") + "}"}) {
    EXPECT_NE(run(line).find("syntax error"), std::string::npos) << line.substr(0, 40);
  }
}

TEST_F(Evaluator, WhereSeesPropertiesBeforeVariables) {
  // The well-known trap: $slot inside where is the row's own slot, so the condition is always true.
  EXPECT_EQ(run(":local slot none;:put [:len [/disk find where slot=$slot]]"), "1\r\n");
  EXPECT_EQ(run(":local s none;:put [:len [/disk find where slot=$s]]"), "0\r\n");
}

TEST_F(Evaluator, WhereJoinsTermsAndKnowsFlags) {
  EXPECT_EQ(run(":put [:len [/disk find type=raid mounted]]"), "1\r\n");
  EXPECT_EQ(run(":put [:len [/disk find where type=raid and !mounted]]"), "0\r\n");
  EXPECT_EQ(run(":put [:len [/disk find where (type=file or type=raid) slot~\"pool\"]]"), "1\r\n");
  EXPECT_EQ(run(":put [:len [/disk find where nvme-tcp-export=no]]"), "1\r\n");
  EXPECT_EQ(run(":put [:len [/disk find where size>1000000]]"), "1\r\n");
  EXPECT_EQ(run("/disk print where"), "missing value for where (line 1 column 18)\r\n");
}

}  // namespace
}  // namespace rdssim::routeros
