import ConsentAudit
import ConsentModel
import Foundation
import LedgerCrypto
import Testing

@testable import ConsentLedger

/// Nothing of anyone else is in a bundle, and no key.
@Suite struct EvidencePrivacyTests {
    @Test func thirtyPeopleAreKeptApart() throws {
        let world = try EvidenceWorld()
        let place = world.place
        func number(_ person: Int) -> String { "+346001115\(person < 10 ? "0" : "")\(person)" }
        func secret(_ person: Int) -> String { "Zebra-\(person)-Quagga" }
        try place.succeed(["business", "add", "otra", "--name", "Otra"])
        for person in 0..<30 {
            try place.succeed([
                "opt-in", number(person), "--business", "acme-viajes", "--notice", "web", "--evidence",
                "note=\(secret(person))", "--evidence", "ip=198.51.100.\(100 + person)",
            ])
            if person % 4 == 0 {
                try place.write("scan of \(secret(person))\n", to: "scan-\(secret(person)).txt")
                try place.succeed([
                    "attach", number(person), "scan-\(secret(person)).txt", "--business", "acme-viajes",
                ])
            }
            if person % 3 == 0 { try place.succeed(["opt-out", number(person), "--business", "acme-viajes"]) }
        }
        // Every fifth is under a legal hold; some were lifted.
        for person in stride(from: 0, to: 30, by: 5) {
            try place.succeed([
                "hold", "add", "case-of-\(person)", "--reason", "litigation", "--contact", number(person), "--business",
                "acme-viajes",
            ])
            if person % 2 == 0 {
                try place.succeed(["hold", "lift", "case-of-\(person)", "--business", "acme-viajes"])
            }
        }
        // Two are one person for a while, and what comes later is not shown.
        let linked = [11, 22]
        for type in ["contact-linked", "contact-unlinked"] {
            try place.write(
                #"{"type":"\#(type)","business":"acme-viajes","contact":"\#(number(11))","other-contact":"\#(number(22))","#
                    + #""private":{"note":"Okapi-\#(type)"}}"# + "\n", to: "link.jsonl")
            try place.succeed(["append", "link.jsonl"])
        }
        try place.write(
            #"{"type":"consent-withdrawn","business":"acme-viajes","contact":"\#(number(22))","reason":"later-than-linked"}"#
                + "\n", to: "later.jsonl")
        try place.succeed(["append", "later.jsonl"])
        // One moved, the number of another passed on, and a hold on the whole business is named for somebody.
        let (mover, moved, passed) = (4, "+34600999001", 8)
        let numbers = [moved, number(passed)]
        let former: String = try place.succeed([
            "evidence", number(passed), "-o", "before.zip", "--no-pdf", "--business", "acme-viajes", "--json",
        ]).member("handle")
        let left: String = try place.succeed([
            "evidence", number(mover), "-o", "left.zip", "--no-pdf", "--business", "acme-viajes", "--json",
        ]).member("handle")
        try place.write(
            #"{"type":"contact-changed","business":"acme-viajes","contact":"\#(moved)","other-contact":"\#(number(mover))"}"#
                + "\n" + #"{"type":"contact-reassigned","business":"acme-viajes","contact":"\#(number(passed))"}"#
                + "\n",
            to: "moves.jsonl")
        try place.succeed(["append", "moves.jsonl"])
        for (position, note) in ["Moved-Later", "Next-Holder"].enumerated() {
            try place.succeed([
                "opt-in", numbers[position], "--business", "acme-viajes", "--notice", "web", "--evidence",
                "note=\(note)",
            ])
        }
        try place.succeed([
            "hold", "add", "case-of-bob-smith", "--reason", "litigation", "--business", "acme-viajes",
        ])
        var bundles: [[UInt8]] = []
        var handles: [String] = []
        for person in 0..<30 {
            // Who moved has no address any more under which what was before is found.
            let who = person == mover ? ["--handle", left] : [number(person)]
            let made = try place.succeed(
                ["evidence"] + who + ["-o", "\(person).zip", "--no-pdf", "--business", "acme-viajes", "--json"])
            handles.append(try made.member("handle"))
            bundles.append(try world.bytes("\(person).zip"))
        }
        #expect(Set(handles).count == 30)
        let keys = try place.keySecrets()
        #expect(keys.count >= 6)
        let dataKeys = try Self.dataKeys(of: handles, in: place)
        #expect(Set(dataKeys).count == 30)
        for person in 0..<30 {
            #expect(try world.verify(bundles[person]).holds)
            let data = Data(bundles[person])
            func has(_ text: String) -> Bool { data.range(of: Data(text.utf8)) != nil }
            #expect(has(number(person)) && has(handles[person]))
            #expect(has(secret(person)) == (person != passed), "an earlier holder's is somebody else's")
            #expect(has("Next-Holder") == (person == passed) && has(former) == false)
            #expect(!has("bob-smith") && !has(String(moved.dropFirst())) && !has("Moved-Later"))
            // A note on a record that concerns two is that of whom the record is of.
            #expect(has("Okapi-contact-linked") == (person == 11) && has("Okapi-contact-unlinked") == (person == 11))
            #expect(has("case-of-\(person)") == (person % 5 == 0))
            #expect(has("later-than-linked") == (person == 22))
            #expect(has("scan of \(secret(person))") == (person % 4 == 0 && person != passed))
            for other in 0..<30 where other != person {
                #expect(!has(number(other)) && !has(String(number(other).dropFirst())), "\(person) tells of \(other)")
                #expect(!has(secret(other)) && !has("198.51.100.\(100 + other)"), "\(person) tells of \(other)")
                #expect(!has("case-of-\(other)\""), "\(person) tells of \(other)")
                // Whom a record links to the person is named by its handle, and by nothing else.
                if linked.contains(person) && linked.contains(other) { continue }
                #expect(!has(handles[other]), "\(person) tells of \(other)")
                let bytes = stride(from: 0, to: 32, by: 2).map { at in
                    UInt8(handles[other].dropFirst(at).prefix(2), radix: 16) ?? 0
                }
                #expect(data.range(of: Data(bytes)) == nil, "\(person) tells of \(other)")
            }
            for key in try keys.map({ try #require(Data(base64Encoded: $0)) }) + dataKeys {
                #expect(data.range(of: key) == nil)
                #expect(!has(key.base64EncodedString()) && !has(Hexadecimal.encode(key)))
            }
        }
    }

    /// What hides everything is told.
    @Test func fieldsThatNobodyHasAreNamed() throws {
        let world = try EvidenceWorld.withStory()
        let command = ["evidence", EvidenceWorld.contact, "-o", "a.zip", "--no-pdf", "--fields", "ip,nosuch,other"]
        let told = try world.place.succeed(command)
        #expect(told.errors.contains("--fields: the person's records have no nosuch, other"), "\(told)")
        #expect(told.errors.contains("they have contact, ip, note"))
        let json = try world.place.succeed(
            ["evidence", EvidenceWorld.contact, "-o", "b.zip", "--no-pdf", "--fields", "nosuch", "--json"])
        #expect(try json.member("absent-fields", as: [String].self) == ["nosuch"])
        let known = try world.place.succeed(
            ["evidence", EvidenceWorld.contact, "-o", "c.zip", "--no-pdf", "--fields", "ip"])
        #expect(known.errors.isEmpty)
    }

    /// Of an address without records, a handle helps, and the log has it as is said.
    @Test func whoHasNoAddressIsFoundByTheHandle() throws {
        let world = try EvidenceWorld.withStory()
        let refused = try world.place.run(["evidence", "+34600999999", "-o", "a.zip", "--no-pdf"])
        #expect(refused.status == 65 && refused.errors.contains("consent log --json has the handles"), "\(refused)")
        let records = try #require(try world.place.succeed(["log", "--json"]).json() as? [[String: Any]])
        let handles = Set(records.flatMap { $0["handles"] as? [String] ?? [] })
        #expect(handles.count == 2)
        for (number, handle) in handles.enumerated() {
            try world.place.succeed(["evidence", "--handle", handle, "-o", "h\(number).zip", "--no-pdf"])
        }
    }

    /// The keys that seal what is private of each contact.
    private static func dataKeys(of handles: [String], in place: Workplace) throws -> [Data] {
        let location = try LedgerLocation(directory: place.path("consent.ledger"))
        let ledgerID = try LedgerIdentity(of: location).ledgerID
        let registry = try Registry(of: location, ledgerID: ledgerID, isForWriting: false)
        let keys = try registry.keys(location.keyFiles, ledgerID: ledgerID)
        return try handles.map { text in
            let handle = try #require(Hexadecimal.decode(text).flatMap { ContactHandle($0) })
            let registration = try #require(try registry.read { try $0.registration(of: handle) })
            return Data(
                try keys.epoch.open(
                    registration.wrappedKey, associated: Array("consent-ledger/data-key/v1".utf8) + handle.bytes))
        }
    }
}
