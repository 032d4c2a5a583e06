import ConsentRules
import Foundation
import Testing

/// Rule packs and the judgement of notices as whoever types the commands meets them, with wrong input.
@Suite struct RulesCommandTests {
    @Test func withoutALedgerTheShippedPacksAreThere() throws {
        let place = try Workplace()
        let list = try place.succeed(["rules", "list"]).output
        for name in ShippedPacks.names {
            #expect(list.contains(name))
            let shown = try place.succeed(["rules", "show", name]).output
            for rule in try RulePack(parsing: ShippedPacks.text(of: name) ?? []).rules {
                #expect(shown.contains(rule.id) && shown.contains(rule.meaning), "\(name) \(rule.id)")
            }
            #expect(try place.succeed(["rules", "show", name, "--json"]).output.contains("\"rules\": [{"))
        }
        #expect(try place.succeed(["rules", "diff", "us-tcpa", "us-tcpa"]).output == "The rules are the same.\n")
        #expect(try place.succeed(["rules", "diff", "none", "us-tcpa"]).output.contains("Added:"))
        #expect(try place.succeed(["rules", "diff", "us-tcpa", "none"]).output.contains("Removed:"))
    }

    @Test func adoptingIsRecordedOnce() throws {
        let place = try Workplace.withLedger()
        let first = try place.succeed(["rules", "adopt", "es-lssi"])
        #expect(first.output.hasPrefix("Adopted es-lssi, version "))
        let size = try place.succeed(["log", "--json"]).output
        #expect(try place.succeed(["rules", "adopt", "es-lssi"]).output.contains("already; nothing was changed"))
        #expect(try place.succeed(["log", "--json"]).output == size)
        // For one business, or from another time on, it is another adoption.
        try place.succeed(["rules", "adopt", "es-lssi", "--business", "acme-viajes"])
        try place.succeed(["rules", "adopt", "es-lssi", "--effective-from", "2020-01-01"])
        let list = try place.succeed(["rules", "list", "--json"]).output
        #expect(list.components(separatedBy: "\"state\": \"adopted\"").count == 4)
        try place.succeed(["verify", "--index"])
    }

    @Test func aFileIsAPackOrSaysWhatIsWrong() throws {
        let place = try Workplace.withLedger()
        try place.write(
            #"{"format":"consent-ledger/rule-pack/v1","pack":"house","version":"1","title":"T","rules":[]}"#,
            to: "house.json")
        try place.succeed(["rules", "adopt", "house.json", "--effective-from", "2020-01-01"])
        try place.write(
            #"{"format":"consent-ledger/rule-pack/v1","pack":"house","version":"1","title":"T","rules":[],"x":1}"#,
            to: "bad.json")
        for (arguments, status, code, says) in [
            (["rules", "adopt", "bad.json"], 65, "bad-pack", "x is not a field"),
            (["rules", "show", "./bad.json"], 65, "bad-pack", "bad.json"),
            (["rules", "adopt", "gone.json"], 66, "cannot-be-read", "gone.json"),
            (["rules", "adopt", "whatsap"], 65, "bad-input", "whatsapp"),
            (["rules", "adopt", "whatsapp", "--business", "nobody"], 65, "unknown-business", "nobody"),
            (["rules", "adopt", "whatsapp", "--effective-from", "soon"], 65, "bad-time", "soon"),
            (["rules", "adopt"], 64, "usage", "<pack>"),
            (["rules", "test", "whatsapp", "house.json"], 65, "bad-input", "house.json: format"),
            (["rules", "test", "whatsapp", "gone.json"], 66, "cannot-be-read", "gone.json"),
            (["rules", "diff", "whatsapp"], 64, "usage", "<new>"),
            (["rules", "diff", "whatsapp", "nothing"], 65, "bad-input", "nothing"),
            (["rules", "diff", "none", "whatsapp", "--business", "nobody"], 65, "unknown-business", "nobody"),
        ] as [([String], Int32, String, String)] {
            let outcome = try place.run(arguments + ["--json"])
            #expect(outcome.status == status && outcome.output.isEmpty, "\(arguments): \(outcome)")
            #expect(outcome.errors.contains("\"code\": \"\(code)\"") && outcome.errors.contains(says), "\(outcome)")
        }
    }

    /// A Spanish number may be in Madrid or in the Canary Islands, an hour apart: no half hour is the same in both.
    @Test func hoursThatNobodyHasAreTold() throws {
        let place = try Workplace.withLedger()
        func pack(_ scope: String, until: String = "08:30") -> String {
            #"{"format":"consent-ledger/rule-pack/v1","pack":"house","version":"1","title":"T","rules":[{"id":"early","#
                + #""scope":\#(scope),"effect":{"kind":"hours","from":"08:00","until":"\#(until)"},"meaning":"early","#
                + #""citation":{"source":"S","confidence":"unverified","verified-on":"2026-11-22"}}]}"#
        }
        let says =
            " no moment is from 8:00 to 8:30 (rule early) by every clock of the country: a message there waits as long as that is in force"
        try place.write(pack(#"{"recipient-countries":["ES","FR"]}"#), to: "spain.json")
        let refused = try place.run(["rules", "adopt", "spain.json", "--json"])
        #expect(refused.status == 65 && refused.errors.contains("bad-pack"), "\(refused)")
        #expect(refused.errors.contains("in ES" + says + "; give it longer hours"), "\(refused)")
        let shown = try place.succeed(["rules", "show", "spain.json"]).output
        #expect(shown.contains("\nIn ES" + says + ".\n"), "\(shown)")
        // A pack that says nothing of countries is of use elsewhere.
        try place.write(pack("{}"), to: "world.json")
        let adopted = try place.succeed(["rules", "adopt", "world.json"])
        #expect(adopted.errors.hasPrefix("consent: warning: in ") && adopted.errors.contains(says + "\n"), "\(adopted)")
        #expect(adopted.errors.contains(", ES, ") && !adopted.errors.contains("FR"), "\(adopted)")
        try place.write(
            #"{"format":"consent-ledger/rule-pack-cases/v1","pack":"house","cases":[{"name":"n","question":{"at":"#
                + #""2026-01-01","channel":"sms","category":"marketing"},"expect":{"outcome":"deny"}}]}"#,
            to: "cases.json")
        let tried = try place.succeed(["rules", "test", "world.json", "cases.json"])
        #expect(tried.output.hasPrefix("All ") && tried.errors.contains(says), "\(tried)")
        let json = try place.succeed(["rules", "test", "world.json", "cases.json", "--json"])
        #expect(try json.member("unshared-hours", as: [[String: Any]].self).first?["named"] as? Bool == false)
        // Longer hours are shared, and the packs that come with the program have such.
        try place.write(pack(#"{"recipient-countries":["ES"]}"#, until: "09:30"), to: "longer.json")
        #expect(try place.succeed(["rules", "adopt", "longer.json"]).errors.isEmpty)
        for name in ShippedPacks.names {
            let shown = try place.succeed(["rules", "show", name, "--json"])
            #expect(try shown.member("unshared-hours", as: [Any].self).isEmpty, "\(name)")
        }
        try place.succeed(["verify", "--index"])
    }

    @Test func casesAreTried() throws {
        let place = try Workplace()
        let cases = packageRoot.appendingPathComponent("ledger/packs/tests/es-lssi.json").path
        #expect(try place.succeed(["rules", "test", "es-lssi", cases]).output.hasPrefix("All "))
        // A pack without its rules answers otherwise.
        try place.write(
            #"{"format":"consent-ledger/rule-pack/v1","pack":"es-lssi","version":"0","title":"T","rules":[]}"#,
            to: "empty.json")
        let outcome = try place.run(["rules", "test", "empty.json", cases])
        #expect(outcome.status == 2 && outcome.output.contains("Not so: advertising that was not"), "\(outcome)")
        #expect(try place.run(["rules", "test", "empty.json", cases, "--json"]).output.contains("\"passed\": false"))
    }

    @Test func whoseAnswerChanges() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-in", "+34600111222", "--notice", "web"])
        try place.succeed(["opt-in", "+12015550123", "--notice", "web"])
        let text = try place.succeed(["rules", "diff", "none", "whatsapp"]).output
        #expect(text.contains("1 of ") && text.contains("of 1 contact:"))
        let rows = try place.succeed(["rules", "diff", "none", "whatsapp", "--contacts"]).output
        #expect(
            rows.split(separator: "\n").map(String.init) == [
                "contact,business,channel,category,before,after,reason",
                "+12015550123,acme-viajes,whatsapp,marketing,allow,deny,prohibited",
            ])
        #expect(
            try place.succeed(["rules", "diff", "none", "whatsapp", "--at", "2025-01-01"]).output.contains("None of"))
        // What is adopted is compared without, not beside, its other version.
        try place.succeed(["rules", "adopt", "whatsapp"])
        let again = try place.succeed(["rules", "diff", "none", "whatsapp", "--contacts"]).output
        #expect(again == rows)
        #expect(
            try place.run(["check", "+12015550123", "--category", "marketing", "--channel", "whatsapp"]).status == 1)
        #expect(
            try place.run(["check", "+34600111222", "--category", "marketing", "--channel", "whatsapp"]).status == 0)
    }

    @Test func noticesAreJudged() throws {
        let place = try Workplace.withLedger()
        try place.write("Quiero recibir ofertas.\n", to: "bad.txt")
        try place.write("Quiero recibir ofertas de Acme Viajes.\n", to: "good.txt")
        let lint = ["notice", "lint", "--language", "es", "--channel", "whatsapp"]
        #expect(try place.succeed(lint + ["good.txt"]).output.contains("nothing is missing"))
        let bad = try place.run(lint + ["bad.txt"])
        #expect(bad.status == 2 && bad.output.contains("error: the text does not name “Acme Viajes”"), "\(bad)")
        let old = try place.run(lint + ["good.txt", "--pack", "whatsapp", "--shown", "2021-08-01"])
        #expect(old.status == 2 && old.output.contains("does not name the channel whatsapp"), "\(old)")
        #expect(old.output.contains("whatsapp, notice-channel: WhatsApp, Get Opt-in for WhatsApp"), "\(old)")
        let advice = try place.succeed(lint + ["good.txt", "--pack", "whatsapp"])
        #expect(advice.output.contains("may carry opt-ins; advice:"), "\(advice)")
        #expect(
            try place.succeed(["notice", "lint", "--notice", "web", "--pack", "whatsapp"]).output.contains("nothing"))
        #expect(try place.run(lint + ["bad.txt", "--json"]).output.contains("\"outcome\": \"defective\""))

        let add = ["notice", "add", "n", "--language", "es", "--channel", "whatsapp", "--category", "marketing"]
        let refused = try place.run(add + ["--file", "bad.txt", "--json"])
        #expect(refused.status == 65 && refused.errors.contains("defective-notice"), "\(refused)")
        #expect(refused.errors.contains("--with-errors"))
        let kept = try place.succeed(add + ["--file", "bad.txt", "--with-errors"])
        #expect(kept.errors.contains("no opt-in can rest on it"), "\(kept)")
        // What was taken over from elsewhere and rests on it is denied, with what it lacks.
        try place.write(
            "contact,status,date,id\n+34600111333,opt-in,\(Date().addingTimeInterval(60).formatted(.iso8601)),r1\n",
            to: "crm.csv")
        try place.succeed(["import", "crm.csv", "--format", "csv", "--notice", "n"])
        let later = Date().addingTimeInterval(120).formatted(.iso8601)
        let ask = ["check", "+34600111333", "--category", "marketing", "--channel", "whatsapp", "--at", later]
        let denied = try place.run(ask)
        #expect(
            denied.status == 1 && denied.output.hasPrefix("No. The words that the person was shown lack"), "\(denied)")
        #expect(denied.output.contains(": the text does not name “Acme Viajes”.\n"), "\(denied)")
        let reasons = try place.run(ask + ["--json"]).member("reasons", as: [[String: Any]].self)
        let missing = try #require(reasons.first?["missing"] as? [[String: Any]])
        #expect(missing.map { $0["subject"] as? String } == ["business-name"])
        let optIn = try place.run(["opt-in", "+34600111222", "--notice", "n", "--json"])
        #expect(optIn.status == 65 && optIn.errors.contains("defective-notice"), "\(optIn)")
        // Once adopted, a pack's advice is told, and its errors refuse.
        try place.succeed(["rules", "adopt", "whatsapp"])
        let advised = try place.succeed(add + ["--file", "good.txt"])
        #expect(advised.errors.contains("advice: the text does not say how to opt out"), "\(advised)")
        try place.succeed(["verify", "--index"])
        for (arguments, status, says) in [
            (["notice", "lint"], 64, "--notice"), (["notice", "lint", "good.txt"], 64, "--language"),
            (["notice", "lint", "good.txt", "--notice", "web", "--language", "es"], 64, "either"),
            (lint + ["gone.txt"], 66, "gone.txt"), (["notice", "lint", "--notice", "gone"], 65, "gone"),
            (lint + ["good.txt", "--category", "none"], 65, "none"), (lint + ["good.txt", "--brand", "b"], 65, "b"),
            (lint + ["good.txt", "--pack", "gone"], 65, "gone"),
            (lint + ["good.txt", "--channel", "pigeon"], 65, "pigeon"),
        ] as [([String], Int32, String)] {
            let outcome = try place.run(arguments)
            #expect(outcome.status == status && outcome.errors.contains(says), "\(arguments): \(outcome)")
        }
    }
}
