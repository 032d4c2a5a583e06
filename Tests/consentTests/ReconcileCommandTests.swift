import Foundation
import Testing

/// A provider's suppression list against the ledger, and how long opt-outs took.
@Suite struct ReconcileCommandTests {
    /// 221, 222 and 223 opted in to marketing by SMS; 223 left.
    private static func furnished() throws -> Workplace {
        let place = try Workplace.withLedger()
        try place.write("Acepto ofertas de Acme Viajes por SMS. BAJA para salir.\n", to: "sms.txt")
        try place.succeed([
            "notice", "add", "sms", "--file", "sms.txt", "--language", "es", "--channel", "sms", "--category",
            "marketing",
        ])
        try place.succeed(["sender", "add", "alerts", "--address", "+34910000009", "--channel", "sms"])
        for number in 1...3 {
            try place.succeed(["opt-in", "+3460011122\(number)", "--notice", "sms"])
        }
        try place.succeed(["opt-out", "+34600111223"])
        return place
    }

    private static func reconcile(
        _ file: String, _ more: [String] = [], format: String = "csv", in place: Workplace
    ) throws -> Workplace.Outcome {
        try place.run(["reconcile", file, "--format", format, "--channel", "sms", "--json"] + more)
    }

    /// Both sides are found; what is proposed, imported, makes them agree, and no opt-in comes of it.
    @Test func whatIsProposedMakesThemAgree() throws {
        let place = try Self.furnished()
        try place.write(
            "phone,status\n+34600111221,opt-out\n0034600111222,subscribed\n+34600111299,opt-out\n+34600111298,subscribed\n",
            to: "provider.csv")
        let found = try Self.reconcile("provider.csv", ["-o", "found.csv", "--proposals", "missing.csv"], in: place)
        #expect(found.status == 0, "\(found.errors)")
        #expect(try found.member("theirs-only", as: Int.self) == 1)
        #expect(try found.member("ours-only", as: Int.self) == 1)
        #expect(
            try String(contentsOfFile: place.path("found.csv"), encoding: .utf8) == """
                finding,contact,channel,sender,line,decision,reason
                theirs-only,+34600111221,sms,,2,allow,marketing: consent-given
                ours-only,+34600111223,sms,,,deny,marketing: withdrawn

                """)
        #expect(try Self.reconcile("provider.csv", ["--strict"], in: place).status == 2)
        try place.succeed(["import", "missing.csv", "--format", "csv"])
        for (number, status) in [(221, 1), (222, 0), (298, 1), (299, 1)] as [(Int, Int32)] {
            let check = ["check", "+34600111\(number)", "--category", "marketing", "--channel", "sms"]
            #expect(try place.run(check).status == status, "\(number)")
        }
        // The provider takes over ours.
        try place.write("phone\n+34600111221\n+34600111223\n", to: "provider.csv")
        let agreed = try Self.reconcile("provider.csv", ["--as", "opt-out", "--strict"], in: place)
        #expect(try agreed.status == 0 && agreed.member("agree") == true)
        // An opt-out that they still hold is proposed again when the person came back here alone, and binds.
        try place.succeed(["opt-in", "+34600111221", "--notice", "sms"])
        let again = try Self.reconcile("provider.csv", ["--as", "opt-out", "--proposals", "again.csv"], in: place)
        #expect(try again.member("theirs-only", as: Int.self) == 1)
        try place.succeed(["import", "again.csv", "--format", "csv"])
        #expect(try Self.reconcile("provider.csv", ["--as", "opt-out", "--strict"], in: place).status == 0)
        try place.succeed(["verify", "--level", "replay"])
    }

    /// A channel that is none makes an opt-out one of all channels, as it does in an import; a row of another channel is told.
    @Test func anOptOutIsNotLostForItsChannel() throws {
        let place = try Self.furnished()
        for channel in ["SMS", "text", "foo", "sms|texto", ""] {
            try place.write("phone,status,channel\n+34600111221,opt-out,\(channel)\n", to: "provider.csv")
            let found = try Self.reconcile("provider.csv", ["--strict"], in: place)
            #expect(found.status == 2, "\(channel)")
            #expect(
                try found.member("opt-outs", as: Int.self) == 1 && (try found.member("theirs-only")) == 1, "\(channel)")
        }
        try place.write(
            "phone,status,channel\n+34600111221,opt-out,voice\n+34600111223,opt-out,sms\n", to: "provider.csv")
        let told = try Self.reconcile("provider.csv", in: place)
        #expect(try told.member("elsewhere", as: Int.self) == 1 && (try told.member("opt-outs")) == 1)
        let text = try place.succeed(["reconcile", "provider.csv", "--format", "csv", "--channel", "sms"]).output
        #expect(text.contains("1 row about another channel or sender, and not compared"))
        // Nobody agrees about what cannot be read.
        try place.write(
            "phone,status,channel\n+34600111223,opt-out,sms\n+34600111221,opt-in,Texto\n", to: "provider.csv")
        let unread = try Self.reconcile("provider.csv", in: place)
        #expect(unread.status == 65)
        #expect(try unread.member("unreadable", as: Int.self) == 1 && (try unread.member("agree")) == false)
        let sentence = try place.run(["reconcile", "provider.csv", "--format", "csv", "--channel", "sms"])
        #expect(!sentence.output.contains("They agree") && sentence.errors.contains("the channel “Texto” is none"))
    }

    /// Twilio's items name a sender: what it holds is compared for that one.
    @Test func twiliosItemsAreOfASender() throws {
        let place = try Self.furnished()
        func item(_ number: Int, _ status: String, sender: String) -> String {
            #"{"contact_id":"+34600111\#(number)","correlation_id":"0123456789abcdef0123456789abcd\#(number % 90 + 10)","#
                + #""sender_id":"\#(sender)","status":"\#(status)","source":"opt-out-message"}"#
        }
        let items = [
            item(221, "opt-out", sender: "+34910000009"), item(222, "opt-in", sender: "+34910000009"),
            item(223, "opt-out", sender: "MG0123456789"),
        ]
        try place.write("[" + items.joined(separator: ",") + "]", to: "items.json")
        let found = try Self.reconcile("items.json", ["-o", "found.csv"], format: "twilio", in: place)
        #expect(found.status == 0, "\(found.errors)")
        let rows = try String(contentsOfFile: place.path("found.csv"), encoding: .utf8).split(separator: "\n")
        #expect(rows.dropFirst() == ["theirs-only,+34600111221,sms,alerts,1,allow,marketing: consent-given"])
        // A row that cannot be read is told, and the others are compared.
        try place.write("[" + items[0] + ",{\"status\":\"opt-out\"}]", to: "items.json")
        let broken = try Self.reconcile("items.json", format: "twilio", in: place)
        #expect(broken.status == 65)
        #expect(try broken.member("unreadable", as: Int.self) == 1 && (try broken.member("theirs-only")) == 1)
    }

    /// Opt-outs by how long they took; messages after them by what the ledger knew.
    @Test func latencyIsMeasured() throws {
        let place = try Self.furnished()
        try place.succeed(["opt-out", "+34600111222", "--occurred-at", "2020-10-01T10:00:00Z"])
        try place.write("phone,status\n+34600111297,opt-out\n", to: "taken.csv")
        try place.succeed(["import", "taken.csv", "--format", "csv"])
        let measured = try place.succeed(["latency", "--json"])
        #expect(try measured.member("opt-outs", as: Int.self) == 2 && (try measured.member("late")) == 1)
        let apart = try measured.member("apart", as: [String: Int].self)
        #expect(apart.values.reduce(0, +) == 1)
        let worst = try #require(try measured.member("worst", as: [[String: Any]].self).first)
        #expect(worst["occurred-at"] as? String == "2020-10-01T10:00:00Z" && worst["late"] as? Bool == true)
        #expect(worst["due"] as? String == "2020-10-17T00:00:00Z")
        #expect(try place.run(["latency", "--strict"]).status == 2)
        #expect(try place.run(["latency", "--since", "2999-01-01", "--strict"]).status == 0)
        try place.write("2020-10-12\n2020-10-13\n", to: "days.txt")
        let own = try place.succeed(["latency", "--json", "--holidays", "days.txt"])
        let moved = try #require(try own.member("worst", as: [[String: Any]].self).first)
        #expect(moved["due"] as? String == "2020-10-18T00:00:00Z" || moved["due"] as? String == "2020-10-20T00:00:00Z")

        try place.write("no date\n", to: "days.txt")
        #expect(try place.run(["latency", "--holidays", "days.txt"]).status == 65)
        #expect(try place.run(["latency", "--sends", "sent.csv"]).status == 64)
        #expect(try place.run(["latency", "--category", "marketing"]).status == 64)
    }

    @Test func messagesAfterAnOptOutAreCounted() throws {
        let place = try Self.furnished()
        try place.succeed(["opt-out", "+34600111222", "--occurred-at", "2020-10-01T10:00:00Z"])
        try place.succeed(["opt-out", "+34600111221", "--category", "utility"])
        let now = try place.run(["check", "+34600111222", "--category", "marketing", "--channel", "sms", "--json"])
        let head: String = try now.member("head-recorded-at")
        try place.write(
            """
            phone,sent_at
            +34600111222,2020-09-30T10:00:00Z
            +34600111222,2020-10-03T10:00:00Z
            +34600111222,2020-10-19T10:00:00Z
            +34600111223,\(head)
            +34600111221,\(head)
            +34600111200,\(head)

            """, to: "sent.csv")
        let arguments = [
            "--sends", "sent.csv", "--at-column", "sent_at", "--category", "marketing", "--channel", "sms",
        ]
        let measured = try place.succeed(["latency", "--json"] + arguments)
        let sends = try measured.member("sends", as: [String: Any].self)
        #expect(sends["rows"] as? Int == 6 && sends["after-opt-out"] as? Int == 3)
        #expect(sends["before-recorded"] as? Int == 2 && sends["after-recorded"] as? Int == 1)
        #expect(sends["after-due"] as? Int == 1)
        let worst = try #require((sends["worst"] as? [[String: Any]])?.first)
        #expect(worst["last-message-at"] as? String == "2020-10-19T10:00:00Z")
        #expect(try place.run(["latency", "--strict"] + arguments).status == 2)
        #expect(try place.run(["latency"] + arguments + ["--at", "2020-01-01"]).status == 64)
        try place.write("phone,sent_at\nx,y\n", to: "sent.csv")
        #expect(try place.run(["latency"] + arguments).status == 65)
    }
}
