// SPDX-License-Identifier: Apache-2.0
#include "table/table_directory.hpp"

#include <gtest/gtest.h>

#include "actor/process.hpp"
#include "actor/process_info.hpp"
#include "actor/server_control.hpp"

namespace kith {
namespace {

using Work = std::function<void()>;

class OwnedTables : public ::testing::Test {
 protected:
  ManualClock clock;
  System system{{.workers = 0, .clock = &clock}};
  TableDirectory tables = TableDirectory::start_link(system).value();
  std::vector<TableTransfer> transfers;
  Pid anna = start();
  Pid bert = start();

  /// A process that executes the functions sent to it.
  Pid start() {
    return spawn(system, [this] {
      for (;;) {
        auto message = receive<Work, TableTransfer>();
        if (auto* work = std::get_if<Work>(&*message))
          (*work)();
        else
          transfers.push_back(std::get<TableTransfer>(*message));
      }
    });
  }
  void in(Pid process, Work work) {
    EXPECT_TRUE(send(system, process, std::move(work)));
    system.run_until_idle();
  }
  OwnedTable make(Pid owner, OwnedTableOptions options = {}) {
    return tables.create(std::move(options), owner).value();
  }
};

TEST_F(OwnedTables, OthersMayReadOnlyWhatTheOwnerLetsThemRead) {
  const OwnedTable table = make(anna);
  in(anna, [&] { EXPECT_TRUE(table.write().value()->insert({1, "a"})); });
  in(bert, [&] {
    EXPECT_TRUE(table.read().value()->member(1));
    EXPECT_EQ(table.write().error().code(), ErrorCode::unauthorised);
  });
  in(anna, [&] { EXPECT_TRUE(table.set_access(TableAccess::none)); });
  in(bert, [&] {
    EXPECT_EQ(table.read().error().code(), ErrorCode::unauthorised);
    EXPECT_EQ(table.set_access(TableAccess::all).error().code(), ErrorCode::unauthorised);
  });
}

TEST_F(OwnedTables, TheRowsEndWithTheTableAlthoughHandlesLiveOn) {
  const OwnedTable table = make(anna, {.access = TableAccess::all, .heir = {}});
  const OwnedTable other = make(anna, {.access = TableAccess::all, .heir = {}});
  const std::weak_ptr<ValueTable> rows = table.write().value();
  const std::weak_ptr<ValueTable> others = other.write().value();
  EXPECT_TRUE(table.erase());
  EXPECT_TRUE(rows.expired());
  EXPECT_FALSE(others.expired());
  exit(system, anna, "kill");
  system.run_until_idle();
  EXPECT_TRUE(others.expired());
  EXPECT_EQ(other.read().error().code(), ErrorCode::not_found);
}

TEST_F(OwnedTables, ATableEndsWithItsOwner) {
  const OwnedTable table = make(anna, {.name = "rows", .named = true});
  exit(system, anna, "kill");
  system.run_until_idle();
  EXPECT_EQ(table.info().error().code(), ErrorCode::not_found);
  EXPECT_FALSE(tables.find("rows"));
}

TEST_F(OwnedTables, TheHeirGetsTheTableOfAnOwnerThatEnds) {
  const OwnedTable table = make(anna, {.heir = TableHeir{bert, "take care"}});
  exit(system, anna, "kill");
  system.run_until_idle();
  ASSERT_EQ(transfers.size(), 1U);
  EXPECT_EQ(transfers[0].from, anna);
  EXPECT_EQ(transfers[0].data, Value("take care"));
  EXPECT_EQ(table.info().value().owner, bert);
  exit(system, bert, "kill");
  system.run_until_idle();
  EXPECT_FALSE(table.info());
}

TEST_F(OwnedTables, AnHeirThatHasEndedIsNone) {
  const OwnedTable table = make(anna);
  exit(system, bert, "kill");
  system.run_until_idle();
  in(anna, [&] { EXPECT_TRUE(table.set_heir(TableHeir{bert, {}})); });
  EXPECT_EQ(table.info().value().heir, std::nullopt);
  EXPECT_EQ(make(anna, {.heir = TableHeir{bert, {}}}).info().value().heir, std::nullopt);
}

TEST_F(OwnedTables, AnOwnerGivesItsTableAwayOnce) {
  const OwnedTable table = make(anna);
  in(bert, [&] { EXPECT_EQ(table.give_away(bert).error().code(), ErrorCode::unauthorised); });
  in(anna, [&] {
    EXPECT_TRUE(table.give_away(bert, 7));
    EXPECT_EQ(table.give_away(bert).error().code(), ErrorCode::unauthorised);
  });
  ASSERT_EQ(transfers.size(), 1U);
  EXPECT_EQ(transfers[0].data, Value(7));
}

TEST_F(OwnedTables, ANameBelongsToOneTable) {
  const OwnedTable first = make(anna, {.name = "a", .named = true});
  EXPECT_EQ(tables.create({.name = "a", .named = true}, bert).error().code(),
            ErrorCode::already_exists);
  make(anna, {.name = "b", .named = true});
  in(anna, [&] {
    EXPECT_EQ(first.rename("b").error().code(), ErrorCode::already_exists);
    EXPECT_EQ(first.rename("a").error().code(), ErrorCode::already_exists);
    EXPECT_TRUE(first.rename("c"));
  });
  EXPECT_EQ(tables.names(), (std::vector<std::string>{"b", "c"}));
}

/// Tables whose owner has ended before the directory was notified.
class TablesOfTheDead : public OwnedTables {
 protected:
  void at_the_end_of(Pid process, const Work& work) {
    const ServerAddress keeper(&system, labelled("table directory"));
    ASSERT_TRUE(suspend_server(keeper));
    exit(system, process, "kill");
    system.run_until_idle();
    ASSERT_FALSE(system.is_alive(process));
    work();
    ASSERT_TRUE(resume_server(keeper));
    system.run_until_idle();
  }
  Pid labelled(const std::string& label) {
    for (const Pid each : system.processes()) {
      if (process_info(system, each).value().label == label) return each;
    }
    return {};
  }
  const OwnedTableOptions named(const char* name) {
    return {.name = name, .named = true, .access = TableAccess::all, .heir = {}};
  }
};

TEST_F(TablesOfTheDead, ATableIsGoneAndItsNameFree) {
  const OwnedTable table = make(anna, named("rows"));
  const OwnedTable renamed = make(anna, named("first"));
  EXPECT_TRUE(renamed.rename("second"));
  at_the_end_of(anna, [&] {
    EXPECT_EQ(tables.find("second").error().code(), ErrorCode::not_found);
    EXPECT_EQ(tables.names(), std::vector<std::string>());
    EXPECT_EQ(table.read().error().code(), ErrorCode::not_found);
    EXPECT_EQ(table.write().error().code(), ErrorCode::not_found);
    EXPECT_EQ(table.rename("third").error().code(), ErrorCode::not_found);
    EXPECT_EQ(table.info().error().code(), ErrorCode::not_found);
    EXPECT_EQ(table.type().error().code(), ErrorCode::not_found);
    EXPECT_TRUE(tables.create(named("rows"), bert));
    EXPECT_TRUE(tables.create(named("second"), bert));
  });
  EXPECT_EQ(tables.names(), (std::vector<std::string>{"rows", "second"}));
  EXPECT_EQ(tables.find("rows").value().info().value().owner, bert);
}

TEST_F(TablesOfTheDead, ATableMayBeGivenTheNameOfOne) {
  make(anna, named("rows"));
  const OwnedTable other = make(bert, named("other"));
  at_the_end_of(anna, [&] { EXPECT_TRUE(other.rename("rows")); });
  EXPECT_EQ(tables.names(), std::vector<std::string>{"rows"});
}

TEST_F(TablesOfTheDead, TheirRowsEndSoonAfter) {
  const OwnedTable table = make(anna, named("rows"));
  const std::weak_ptr<ValueTable> rows = table.write().value();
  at_the_end_of(anna, [&] {
    EXPECT_FALSE(tables.find("rows"));
    EXPECT_TRUE(tables.create(named("rows"), bert));
  });
  EXPECT_TRUE(rows.expired());
  EXPECT_TRUE(tables.find("rows"));
}

TEST_F(TablesOfTheDead, AnHeirHasTheTable) {
  OwnedTableOptions options = named("rows");
  options.heir = TableHeir{bert, "take care"};
  make(anna, options);
  at_the_end_of(anna, [&] {
    EXPECT_EQ(tables.create(named("rows"), bert).error().code(), ErrorCode::already_exists);
    EXPECT_EQ(tables.find("rows").value().info().value().owner, bert);
  });
  ASSERT_EQ(transfers.size(), 1U);
  EXPECT_EQ(transfers[0].from, anna);
}

TEST_F(TablesOfTheDead, AnHeirThatHasEndedInheritsNothing) {
  OwnedTableOptions options = named("rows");
  options.heir = TableHeir{bert, {}};
  make(anna, options);
  at_the_end_of(bert, [&] {
    exit(system, anna, "kill");
    system.run_until_idle();
    EXPECT_FALSE(tables.find("rows"));
  });
  EXPECT_TRUE(transfers.empty());
}

TEST_F(TablesOfTheDead, TheyFixNoTable) {
  const OwnedTable table = make(anna);
  in(bert, [&] { EXPECT_TRUE(table.fix() && table.fix()); });
  EXPECT_TRUE(table.info().value().fixed);
  at_the_end_of(bert, [&] { EXPECT_FALSE(table.info().value().fixed); });
}

TEST_F(OwnedTables, APlainThreadWhoseEndNobodyIsToldOfCannotFixATable) {
  const OwnedTable table = make(anna);
  EXPECT_EQ(table.fix().error().code(), ErrorCode::no_process);
  EXPECT_FALSE(table.info().value().fixed);
}

TEST_F(OwnedTables, ToReleaseMoreOftenThanOneHasFixedLeavesTheFixesOfOthers) {
  const OwnedTable table = make(anna);
  in(anna, [&] { EXPECT_TRUE(table.fix()); });
  in(bert, [&] { EXPECT_TRUE(table.release()); });
  EXPECT_TRUE(table.info().value().fixed);
  in(anna, [&] { EXPECT_TRUE(table.release() && table.release()); });
  EXPECT_FALSE(table.info().value().fixed);
  in(anna, [&] { EXPECT_TRUE(table.fix()); });
  EXPECT_TRUE(table.info().value().fixed);
}

TEST_F(OwnedTables, TheFixesOfAProcessEndWithIt) {
  const OwnedTable table = make(anna);
  in(bert, [&] { EXPECT_TRUE(table.fix()); });
  EXPECT_TRUE(table.info().value().fixed);
  exit(system, bert, "kill");
  system.run_until_idle();
  EXPECT_FALSE(table.info().value().fixed);
}

}  // namespace
}  // namespace kith
