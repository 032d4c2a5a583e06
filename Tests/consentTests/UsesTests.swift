import Foundation
import Synchronization
import Testing

/// Messages that are counted, on the command line.
@Suite struct UsesTests {
    static let ana = "+34600111222"
    static let question = ["check", ana, "--category", "marketing", "--channel", "whatsapp"]

    /// A pack of one rule: so many messages a day, or the hours of the day from nine to nine.
    static func pack(_ effect: String) -> String {
        #"{"format":"consent-ledger/rule-pack/v1","pack":"house","version":"1","title":"House rules","rules":[{"id":"rule","#
            + #""scope":{"classes":["marketing"]},"effect":\#(effect),"meaning":"not too often and not at night","#
            + #""citation":{"source":"House rules","confidence":"verbatim","verified-on":"2026-11-22"}}]}"#
    }

    static func cap(_ count: Int) -> String {
        #"{"kind":"cap","count":\#(count),"days":1,"counted":"business"}"#
    }

    /// A place where Ana opted in and the rule is adopted.
    static func place(_ effect: String = cap(1)) throws -> Workplace {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-in", ana, "--notice", "web"])
        try place.write(pack(effect), to: "house.json")
        try place.succeed(["rules", "adopt", "house.json"])
        return place
    }

    @Test func aReservedMessageCounts() throws {
        let place = try Self.place()
        #expect(try place.run(Self.question).status == 0)
        let reserved = try place.run(Self.question + ["--reserve"])
        #expect(reserved.status == 0 && reserved.output.contains("Counted as use 1."))
        // Not now: for whoever asks, reserving or not.
        for more in [[], ["--reserve"]] {
            let outcome = try place.run(Self.question + more + ["--json"])
            #expect(outcome.status == 3)
            #expect(try outcome.member("outcome") == "defer")
            let reasons = try outcome.member("reasons", as: [[String: Any]].self)
            #expect(reasons.map { $0["code"] as? String } == ["cap-reached"])
            #expect(try outcome.member("next-allowed-at", as: String.self).isEmpty == false)
        }
        let listed = try place.succeed(["uses", Self.ana, "--json"]).json() as? [[String: Any]]
        #expect(listed?.count == 1 && listed?.first?["class"] as? String == "marketing")
        #expect(try place.succeed(["uses", Self.ana]).output.contains("whatsapp"))
        #expect(try place.succeed(["uses", Self.ana, "--release", "1"]).output.hasPrefix("Released: use 1"))
        #expect(try place.run(Self.question).status == 0)
        #expect(try place.succeed(["uses", Self.ana]).output == "No message is counted for +346…222.\n")
        try place.succeed(["verify"])
    }

    /// A clearance that counts nothing says so, where a rule would count it.
    @Test func aClearanceThatIsNotCountedSaysSo() throws {
        let place = try Self.place()
        let plain = try place.succeed(Self.question + ["--clearance", "1.clearance"])
        #expect(plain.output.contains("Nothing was counted, although a rule caps how many messages are sent"))
        let told = try place.succeed(Self.question + ["--clearance", "2.clearance", "--json"])
        #expect(try told.member("clearance", as: [String: Any].self)["uncounted"] as? Bool == true)
        try place.write("\(Self.ana)\n\(Self.ana)\n", to: "twice.txt")
        let screen = ["screen", "twice.txt", "--category", "marketing", "--channel", "whatsapp", "-o"]
        let campaign = try place.succeed(screen + ["answers.csv", "--clearances", "campaign"])
        #expect(campaign.output.contains("2 rows: 2 allow") && campaign.output.contains("Nothing was counted"))
        let counted = try place.succeed(Self.question + ["--reserve", "--clearance", "3.clearance"])
        #expect(!counted.output.contains("Nothing was counted"))
        let free = try Workplace.withLedger()
        try free.succeed(["opt-in", Self.ana, "--notice", "web"])
        #expect(
            try !free.succeed(Self.question + ["--clearance", "1.clearance"]).output.contains("Nothing was counted"))
    }

    /// Two campaigns, each of several processes, at once: as many pass as the cap allows, beside a program that writes.
    @Test func campaignsAtOnceCannotAllPass() throws {
        let place = try Self.place(Self.cap(3))
        let statuses = Mutex<[Int32]>([])
        DispatchQueue.concurrentPerform(iterations: 10) { number in
            let arguments =
                number < 8 ? Self.question + ["--reserve"] : ["opt-in", "+3460011133\(number)", "--notice", "web"]
            let status = (try? place.run(arguments).status) ?? -1
            if number < 8 { statuses.withLock { $0.append(status) } }
        }
        // Who finds the ledger busy for too long is told so, and that is no yes.
        let allowed = statuses.withLock { $0.count { $0 == 0 } }
        #expect(statuses.withLock { $0.allSatisfy { [0, 3, 75].contains($0) } }, "\(statuses.withLock { $0 })")
        #expect(allowed <= 3)
        let counted = try #require(try place.succeed(["uses", Self.ana, "--json"]).json() as? [[String: Any]])
        #expect(counted.count == allowed)
        while try place.run(Self.question + ["--reserve"]).status == 0 {}
        #expect((try place.succeed(["uses", Self.ana, "--json"]).json() as? [Any])?.count == 3)
        try place.succeed(["verify"])
    }

    @Test func aLostCountIsNotAYes() throws {
        let place = try Self.place()
        let registry = place.path("consent.ledger/private/registry.sqlite")
        let backup = try Data(contentsOf: URL(fileURLWithPath: registry))
        #expect(try place.run(Self.question + ["--reserve"]).status == 0)
        for side in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: registry + side) }
        try backup.write(to: URL(fileURLWithPath: registry))
        let outcome = try place.run(Self.question)
        #expect(outcome.status == 3 && outcome.output.contains("consent uses --accept-missing"), "\(outcome.output)")
        #expect(try place.run(Self.question + ["--reserve"]).status == 3)
        // Where the window does not reach so far back, all is known.
        #expect(try place.run(Self.question + ["--at", Self.time(days: 2)]).status == 0)
        #expect(try place.succeed(["uses", "--accept-missing"]).output == "Accepted: caps count what is there.\n")
        #expect(try place.run(Self.question).status == 0)
        #expect(try place.succeed(["uses", "--accept-missing"]).output == "No uses are missing.\n")
    }

    @Test func aLostFileIsNotAYes() throws {
        let place = try Self.place()
        try place.succeed(Self.question + ["--reserve"])
        try place.succeed(["uses", Self.ana, "--release", "1"])
        try FileManager.default.removeItem(atPath: place.path("consent.ledger/private/uses/count"))
        #expect(try place.run(Self.question).status == 3)
        #expect(
            try place.succeed(["uses", "--accept-missing", "--json"]).output
                == "{\"were-missing\": true, \"until\": null}\n")
        #expect(try place.run(Self.question).status == 0)
    }

    @Test func hoursAreThePersons() throws {
        let place = try Self.place(#"{"kind":"hours","from":"09:00","until":"21:00"}"#)
        let day = Self.time(days: 30).prefix(10)
        // In Madrid and on the Canaries together: between eight and nine in UTC, and to seven or eight in the evening.
        for (hour, status) in [("06:30", 3), ("12:00", 0), ("22:30", 3)] as [(String, Int32)] {
            let outcome = try place.run(Self.question + ["--at", "\(day)T\(hour):00Z"])
            #expect(outcome.status == status, "\(hour): \(outcome.output)")
        }
        let mail = try place.run(["check", "ana@example.com", "--category", "utility", "--channel", "email"])
        #expect(mail.status == 1)
    }

    @Test func wrongInputIsToldAndCountsNothing() throws {
        let place = try Self.place()
        let wrong: [([String], Int32)] = [
            (["check", Self.ana, "--reserve"], 64), (Self.question + ["--reserve", "--explain"], 64),
            (Self.question + ["--reserve", "--size", "3"], 64),
            (Self.question + ["--reserve", "--known-at", "2026-01-01"], 64),
            (Self.question + ["--reserve", "--at", "2999-01-01"], 65),
            (Self.question + ["--reserve", "--at", "2026-01-01"], 65),
            (["check", Self.ana, "--category", "nonsense", "--channel", "whatsapp", "--reserve"], 65),
            (["uses"], 64), (["uses", Self.ana, "--accept-missing"], 64), (["uses", "--release", "1"], 64),
            (["uses", Self.ana, "--release", "7"], 65), (["uses", Self.ana, "--release", "x"], 64),
            (["uses", "12"], 65),
            (["uses", Self.ana, "--business", "nobody"], 65),
        ]
        for (arguments, status) in wrong {
            let outcome = try place.run(arguments)
            #expect(outcome.status == status, "\(arguments): \(outcome.errors)")
            #expect(!outcome.errors.isEmpty && outcome.output.isEmpty)
        }
        #expect(try place.succeed(["uses", Self.ana, "--json"]).output == "[]\n")
    }

    private static func time(days: Int) -> String {
        Date(timeIntervalSinceNow: Double(days) * 86_400).formatted(.iso8601)
    }
}
