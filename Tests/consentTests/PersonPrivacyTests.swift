import Foundation
import Testing

/// Nothing of anyone else, of another business or of any key is in what a person is given.
@Suite struct PersonPrivacyTests {
    @Test func thirtyPeopleAreKeptApart() throws {
        let world = try PersonWorld()
        let place = world.place
        func number(_ person: Int) -> String { "+346001115\(person < 10 ? "0" : "")\(person)" }
        func secret(_ person: Int) -> String { "Zebra-\(person)-Quagga" }
        let acme = ["--business", "acme-viajes"]
        try place.write("Acepto ofertas de Otra Casa por WhatsApp. BAJA para salir.\n", to: "otra.txt")
        try place.succeed(["business", "add", "otra", "--name", "Otra Casa"])
        try place.succeed([
            "notice", "add", "web", "--file", "otra.txt", "--language", "es", "--channel", "whatsapp", "--category",
            "marketing", "--business", "otra",
        ])
        for person in 0..<30 {
            try place.succeed(
                [
                    "opt-in", number(person), "--notice", "web", "--evidence", "note=\(secret(person))", "--evidence",
                    "ip=198.51.100.\(100 + person)",
                ] + acme)
            if person % 3 == 0 { try place.succeed(["opt-out", number(person)] + acme) }
            if person % 7 == 0 {
                try place.succeed([
                    "opt-in", number(person), "--notice", "web", "--business", "otra", "--evidence",
                    "note=Otra-\(person)-Nota",
                ])
            }
        }
        // Each is tied to the next one.
        let links = stride(from: 0, to: 30, by: 2).map { person in
            #"{"type":"contact-linked","contact":"\#(number(person))","other-contact":"\#(number(person + 1))","#
                + #""method":"web-form","private":{"note":"Okapi-\#(person)-Note"}}"# + "\n"
        }
        try place.write(links.joined(), to: "links.jsonl")
        try place.succeed(["append", "links.jsonl"] + acme)
        // One moved, the number of another passed on, and a hold on the whole business is named for somebody.
        let (mover, moved, passed) = (4, "+34600999001", 8)
        try place.write(
            #"{"type":"contact-changed","contact":"\#(moved)","other-contact":"\#(number(mover))"}"# + "\n"
                + #"{"type":"contact-reassigned","contact":"\#(number(passed))"}"# + "\n", to: "moves.jsonl")
        try place.succeed(["append", "moves.jsonl"] + acme)
        try place.succeed(["opt-in", moved, "--notice", "web", "--evidence", "note=Moved-Later"] + acme)
        try place.succeed(["opt-in", number(passed), "--notice", "web", "--evidence", "note=Next-Holder"] + acme)
        try place.succeed(["hold", "add", "case-of-bob-smith", "--reason", "litigation"] + acme)
        var texts: [String] = []
        var handles: [String] = []
        for person in 0..<30 {
            try place.succeed(["subject-access", number(person), "-o", "\(person)"] + acme)
            // Nothing that somebody agreed to stands at an address that they left.
            let receipts = person == mover ? [] : ["\(person).jsonld", "\(person).html"]
            for name in receipts { try place.succeed(["receipt-for", number(person), "-o", name] + acme) }
            let document = try world.text("\(person)/subject-access.json")
            texts.append(
                document + (try world.text("\(person)/subject-access.html")) + (try receipts.map(world.text)).joined())
            let access = try #require(try JSONSerialization.jsonObject(with: Data(document.utf8)) as? [String: Any])
            handles += try #require(access["handles"] as? [String])
            let holds = try #require(access["holds"] as? [[String: Any]])
            #expect(holds.count == 1 && holds[0]["on-everybody"] as? Bool == true)
            #expect(holds[0]["reason"] as? String == "litigation" && holds[0]["hold"] is NSNull)
        }
        #expect(Set(handles).count == 30)
        let keys = try place.keySecrets()
        #expect(keys.count >= 6)
        for person in 0..<30 {
            let text = texts[person]
            #expect(text.contains(number(person)) && text.contains(handles[person]))
            #expect(text.contains(secret(person)) == (person != passed), "an earlier holder's is somebody else's")
            #expect(text.contains("Next-Holder") == (person == passed))
            #expect(!text.contains("bob-smith") && text.contains("A legal hold on all that the business keeps"))
            #expect(
                !text.contains(moved.dropFirst()) && !text.contains("Moved-Later"), "\(person) tells who moved where")
            for first in stride(from: 0, to: 30, by: 2) {
                // A note on a record that concerns two is that of whom the record is of.
                let has = text.contains("Okapi-\(first)-Note")
                #expect(has == (person == first && person != passed), "\(person), Okapi-\(first)")
            }
            for other in 0..<30 where other != person {
                #expect(!text.contains(number(other).dropFirst()), "\(person) tells of \(other)")
                #expect(
                    !text.contains(secret(other)) && !text.contains("198.51.100.\(100 + other)"),
                    "\(person) tells of \(other)")
                #expect(!text.contains(handles[other]), "\(person) tells of \(other)")
            }
            #expect(!text.contains("-Nota") && !text.contains("Otra Casa"), "\(person) tells of another business")
            for key in keys { #expect(!text.contains(key)) }
        }
        let after = try place.succeed(["subject-access", moved, "--json"] + acme).output
        #expect(after.contains("Moved-Later") && !after.contains(secret(mover)) && !after.contains("bob-smith"))
        #expect(!after.contains(number(mover).dropFirst()) && !after.contains(handles[mover]))
        try world.isWhole()
    }
}
