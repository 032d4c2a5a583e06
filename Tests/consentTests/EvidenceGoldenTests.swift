import ConsentAudit
import ConsentLedger
import ConsentModel
import ConsentPersons
import ConsentRules
import Foundation
import LedgerCrypto
import SampleLedger
import Testing
import TimeStampAuthority
import TransparencyLog

@testable import consent

/// The bundles kept in `ledger/evidence` are those that are made: for whoever writes another verifier.
@Suite(.serialized) struct EvidenceGoldenTests {
    private static let kept = packageRoot.appending(path: "ledger/evidence")
    private static let madeAt = "2026-11-23T09:00:00Z"

    /// A bundle that is kept, and what it was made from.
    private struct Golden {
        let name: String
        let request: EvidenceRequest
        let snapshot: LedgerSnapshot
        let address: ContactAddress?
        let log: PublishedLog
        let keys: [UInt8]

        init(
            _ name: String, _ snapshot: LedgerSnapshot, _ directory: String, of contact: String,
            language: String = "en", at: String = madeAt, fields: [String]? = nil,
            sends: [EvidenceRequest.Send] = []
        ) throws {
            let address = try ContactAddress(parsing: contact)
            let business = try #require(snapshot.catalog.businesses["acme-viajes"])
            let reach = try snapshot.reach(of: address, business: business.id)
            let reader = try DirectoryLogReader(root: directory + "/log")
            self.name = name
            self.snapshot = snapshot
            self.address = address
            log = try PublishedLog(reader: reader)
            keys = try #require(try reader.read("log.vkey"))
            let handle = try #require(reach.handle)
            let events = try snapshot.timeline(of: handle).entries.compactMap { entry in
                if case .event(let event) = entry.payload { event } else { nil }
            }
            let scope = EvidenceScope(business, own: events, size: log.size)
            request = EvidenceRequest(
                language: language, madeAt: try OccurredAt(parsing: madeAt).start, business: business.id,
                contact: address.text, handle: handle, otherHandles: reach.otherHandles,
                at: try OccurredAt(parsing: at).start, channels: scope.channels.sorted(),
                categories: scope.categories.sorted(), fields: fields, sends: sends)
        }

        func bytes() throws -> [UInt8] {
            try EvidenceBuilder(log, private: LedgerEvidence(snapshot, address: address)).bundle(
                for: request, keys: keys
            ).archive()
        }
    }

    private func compare(_ golden: Golden) throws {
        let bytes = try golden.bytes()
        let pins = Pins(
            verifierKey: try golden.log.namedKeys().first, ledgerID: golden.snapshot.catalog.ledgerID)
        let report = try EvidenceVerifier(pins: pins).verify(MemorySource(bytes))
        #expect(report.findings.isEmpty, "\(golden.name): \(report.findings)")
        let file = Self.kept.appending(path: golden.name)
        if ProcessInfo.processInfo.environment["UPDATE_EVIDENCE"] == "1" {
            try FileManager.default.createDirectory(at: Self.kept, withIntermediateDirectories: true)
            try Data(bytes).write(to: file)
            print(
                "\(golden.name): vkey \(pins.verifierKey?.text ?? ""), ledger-id \(golden.snapshot.catalog.ledgerID!)")
        }
        let pinned = try String(contentsOf: Self.kept.appending(path: "README.md"), encoding: .utf8)
        for pin in [pins.verifierKey?.text, pins.ledgerID?.description] {
            #expect(pinned.contains("`\(pin ?? "")`"), "ledger/evidence/README.md does not say \(pin ?? "")")
        }
        // A kept bundle may have an older verify.py, as bundles that were given away have.
        let kept = try Self.contents(Array(try Data(contentsOf: file)))
        let made = try Self.contents(bytes)
        #expect(kept.map(\.name) == made.map(\.name), "\(golden.name) differs; run tools/build-evidence")
        for (old, new) in zip(kept, made) {
            #expect(old.bytes == new.bytes, "\(old.name) of \(golden.name) differs; run tools/build-evidence")
        }
    }

    /// The files of a bundle without the verifier and the sums, which have its.
    private static func contents(_ bundle: [UInt8]) throws -> [(name: String, bytes: [UInt8])] {
        let archive = try StoredArchive(reading: MemorySource(bundle))
        return try archive.entries.filter { !["verify.py", "SHA256SUMS"].contains($0.name) }.map {
            ($0.name, try #require(try archive.bytes(of: $0, most: 1 << 28)))
        }
    }

    private func send(_ at: String, _ reference: String) throws -> EvidenceRequest.Send {
        EvidenceRequest.Send(
            at: try OccurredAt(parsing: at).start, channel: "whatsapp", category: "offers", sender: "ventas",
            reference: reference)
    }

    @Test func bundlesOfTheSampleAreThoseKept() throws {
        let directory = NSTemporaryDirectory() + "evidence-\(UUID().uuidString)"
        try FileManager.default.copyItem(
            atPath: packageRoot.appending(path: "ledger/sample").path, toPath: directory)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Workplace.makeKeysPrivate(in: directory)
        try Ledger(LedgerLocation(directory: directory)).read { snapshot in
            try compare(
                Golden(
                    "opt-out.zip", snapshot, directory, of: "+34600111001",
                    sends: [
                        send("2026-03-02T18:00:00Z", "before the opt-out"),
                        send("2026-03-04T09:00:00Z", "after everything"),
                    ]))
            try compare(
                Golden(
                    "changed-number.zip", snapshot, directory, of: "+34600111990", language: "es",
                    fields: ["contact"]))
            try compare(Golden("unlinked.zip", snapshot, directory, of: "+34600111020", at: "2026-03-03T00:00:00Z"))
        }
    }

    /// A small ledger with attached files, of which a checkpoint was stamped, and a later one cosigned. The stamp is the one
    /// in the bundle that is kept: a new one would have another time.
    @Test func aBundleWithAttachmentsAndStampsIsTheOneKept() throws {
        let directory = NSTemporaryDirectory() + "evidence-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let location = try LedgerLocation(creatingDirectory: directory)
        let clock = SampleClock(try OccurredAt(parsing: "2026-03-02T09:00:00Z").start)
        let writer = try LedgerCreation(origin: "log.example.com/anchored", isTest: true).create(
            at: location, business: (id: "acme-viajes", name: "Acme Viajes", country: "ES"), clock: clock,
            random: SeededRandomSource(label: "consent-ledger evidence, anchored"))
        let contact = try ContactAddress(parsing: "+34600111003")
        func state(_ type: EventType, _ fields: [EventField: FieldValue] = [:]) throws -> UInt64 {
            clock.pass(seconds: 61)
            var fields = fields
            fields[.occurredAt] = .occurredAt(OccurredAt(clock.now()))
            return try writer.append(
                EventDraft(
                    type, business: "acme-viajes", contact: contact, fields: fields,
                    privateFields: [EventDraft.PrivateFact("ip", "192.0.2.3")])
            ).index
        }
        func attach(_ name: String, _ mediaType: String, _ bytes: [UInt8], to index: UInt64) throws {
            clock.pass(seconds: 61)
            let id = try Ledger(location).read { try LoggedEvent($0.record(at: index)).payload.id }
            var pieces = [bytes]
            _ = try writer.attach(
                AttachmentDraft(
                    business: "acme-viajes", contact: contact, concerns: id, fileName: name, mediaType: mediaType,
                    byteCount: UInt64(bytes.count), digest: SHA256Digest(hashing: bytes))
            ) { pieces.popLast() }
        }
        let scope: [EventField: FieldValue] = [
            .channels: .list(["email"]), .categories: .list(["marketing"]), .method: .text("paper"),
        ]
        let given = try state(.consentGiven, scope)
        try attach("formulario “ñ”.png", "image/png", [0x89] + Array("PNG\r\n\u{1a}\n".utf8), to: given)
        try attach("<b>.html", "text/html", Array("<script>alert(1)</script>\n".utf8), to: given)
        try writer.publish()
        let stamped = try Ledger(location).read { $0.size }
        _ = try state(.consentWithdrawn)
        try writer.publish()
        let cosigned = try Ledger(location).read { $0.size }
        _ = try state(.consentGiven, scope)
        try writer.close()
        try cosign(directory, cosigned)
        let root = try stamp(directory, stamped)
        try Ledger(location).read { snapshot in
            let golden = try Golden("anchored.zip", snapshot, directory, of: contact.text, language: "es")
            try compare(golden)
            let report = try EvidenceVerifier(pins: Pins(), stampRoots: TimeStampRoots(pem: root))
                .verify(MemorySource(golden.bytes()))
            #expect(report.findings.isEmpty)
            #expect(report.seenTrees.map(\.size) == [stamped])
            #expect(report.bounds.map { $0.existed != nil } == [true, true, true, false, false])
        }
    }

    private static func path(_ directory: String, _ size: UInt64) -> String {
        let digits = String(size)
        return "\(directory)/log/checkpoints/\(String(repeating: "0", count: 20 - digits.count))\(digits)"
    }

    /// A witness signs the kept checkpoint of that size, at a time that is always the same.
    private func cosign(_ directory: String, _ size: UInt64) throws {
        let url = URL(fileURLWithPath: Self.path(directory, size))
        var checkpoint = try SignedCheckpoint(parsing: Array(try Data(contentsOf: url)))
        let key = try Ed25519PrivateKey(
            seed: SeededRandomSource(label: "consent-ledger evidence, witness").secret(32))
        try checkpoint.cosign(as: "witness.example.net/1", at: 1_772_500_000, with: key)
        try FileManager.default.removeItem(at: url)
        try Data(checkpoint.bytes).write(to: url)
    }

    /// Puts the stamp of the kept bundle beside the checkpoint of that size, and gives the certificate of who made it;
    /// another is asked for where bundles are made anew and it is of another checkpoint.
    private func stamp(_ directory: String, _ size: UInt64) throws -> [UInt8] {
        let path = Self.path(directory, size)
        let checkpoint = try SignedCheckpoint(parsing: Array(try Data(contentsOf: URL(fileURLWithPath: path))))
        let digest = SHA256Digest(hashing: try #require(checkpoint.stampedBytes))
        let certificate = Self.kept.appending(path: "authority.pem")
        var response = (try? Data(contentsOf: Self.kept.appending(path: "anchored.zip"))).flatMap { bundle in
            try? Self.contents(Array(bundle)).first { $0.name.hasPrefix("stamps/") }?.bytes
        }
        let isOfIt = response.flatMap { TimeStampResponse.claim(of: digest, in: $0) } != nil
        if !isOfIt, ProcessInfo.processInfo.environment["UPDATE_EVIDENCE"] == "1" {
            let authority = try TimeStampAuthority()
            response = try authority.answer(authority.request(of: digest.description))
            try Data(authority.certificates()).write(to: certificate)
        }
        let bytes = try #require(response, "the kept bundle has no stamp; run tools/build-evidence")
        try Data(bytes).write(to: URL(fileURLWithPath: "\(path).\(SHA256Digest(hashing: bytes)).tsr"))
        return Array(try Data(contentsOf: certificate))
    }

    /// A small ledger in which another person is under a legal hold, of which nothing is shown; with texts that would steer a
    /// page, or hide in it.
    @Test func aBundleWithHostileTextsIsTheOneKept() throws {
        let directory = NSTemporaryDirectory() + "evidence-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let location = try LedgerLocation(creatingDirectory: directory)
        let clock = SampleClock(try OccurredAt(parsing: "2026-03-02T09:00:00Z").start)
        let writer = try LedgerCreation(origin: "log.example.com/held", isTest: true).create(
            at: location, business: (id: "acme-viajes", name: "Acme <Viajes> & “Co”", country: "DE"), clock: clock,
            random: SeededRandomSource(label: "consent-ledger evidence"))
        let words = Array(
            "Ja, Angebote von Acme <Viajes> & “Co” per E-Mail. STOP genügt.\r\nאפשר לבטל בכל עת <b>\u{202e}</b>\n".utf8)
        func record(_ draft: EventDraft) throws {
            clock.pass(seconds: 61)
            _ = try writer.append(draft)
        }
        var notice = EventDraft(
            .noticePublished, business: "acme-viajes",
            fields: [
                .noticeName: .text("web"), .language: .text("de"),
                .textDigest: .bytes(SHA256Digest(hashing: words).bytes), .channels: .list(["email"]),
                .categories: .list(["marketing"]),
            ])
        notice.objects = [words]
        try record(notice)
        func state(_ type: EventType, _ contact: String, _ fields: [EventField: FieldValue] = [:]) throws {
            var fields = fields
            fields[.occurredAt] = .occurredAt(OccurredAt(clock.now()))
            try record(
                EventDraft(
                    type, business: "acme-viajes", contact: try ContactAddress(parsing: contact), fields: fields,
                    privateFields: [
                        EventDraft.PrivateFact(
                            "note", "\u{202e}<i>\(contact)</i> שלום\nzwei\u{0}\u{61c}\u{200b}\u{feff}\u{e0041}")
                    ]))
        }
        let given: [EventField: FieldValue] = [
            .channels: .list(["email"]), .categories: .list(["marketing"]),
            .notice: .notice(NoticeReference(name: "web", textDigest: SHA256Digest(hashing: words).bytes)),
            .method: .text("web-form"),
        ]
        for contact in ["+4915100000001", "+4915100000002"] { try state(.consentGiven, contact, given) }
        var hold = EventDraft(
            .holdAdded, business: "acme-viajes", fields: [.hold: .text("case-1"), .reason: .text("litigation")])
        hold.contact = try ContactAddress(parsing: "+4915100000002")
        try record(hold)
        try record(
            EventDraft(
                .brandDefined, business: "acme-viajes",
                fields: [.brand: .text("playa"), .name: .text("Playa'\u{2066}")]))
        try state(.consentWithdrawn, "+4915100000001")
        try writer.close()
        try Ledger(location).read { snapshot in
            let golden = try Golden("hostile.zip", snapshot, directory, of: "+4915100000001")
            let bundle = try golden.bytes()
            let archive = try StoredArchive(reading: MemorySource(bundle))
            let held = try #require(snapshot.catalog.holds.first?.index)
            #expect(archive["records/\(held)"] == nil && archive["records/\(held + 1)"] != nil)
            #expect(Data(bundle).range(of: Data("4915100000002".utf8)) == nil)
            try compare(golden)
        }
    }
}
