import ConsentModel
import ConsentRules
import Foundation
import LedgerCrypto
import LedgerStorage
import Testing

@testable import ConsentLedger

/// What somebody finds who has every byte that an erasure leaves in the ledger's directory, and every key in it.
@Suite struct ErasureCarvingTests {
    /// All that was kept of one person, as it was before.
    struct Kept {
        let handle: ContactHandle
        let address: ContactAddress
        let tag: ContactTag
        let wrappedKey: [UInt8]
        let sealedAddress: [UInt8]
        let dataKey: [UInt8]
        let fields: [(event: EventID, name: String, salt: [UInt8], sealed: [UInt8])]

        init(_ address: ContactAddress, in world: LedgerWorld) throws {
            let keys = try world.keys()
            let (registration, fields) = try Ledger(world.location).read { snapshot in
                let handle = try #require(try snapshot.handle(of: address, business: "acme"))
                let registration = try #require(try snapshot.registration(of: handle))
                var fields: [(event: EventID, name: String, salt: [UInt8], sealed: [UInt8])] = []
                for entry in try snapshot.timeline(of: handle).entries {
                    let opened = try snapshot.privateFields(of: entry.index).filter { $0.handle == handle }
                    for sealed in try Self.sealedPart(of: entry.index, snapshot)?.fields ?? []
                    where sealed.handle == handle {
                        let field = try #require(opened.first { $0.field.name == sealed.name }).field
                        fields.append((entry.payload.id, field.name, field.salt, sealed.sealed))
                    }
                }
                return (registration, fields)
            }
            self.address = address
            handle = registration.handle
            tag = registration.tag
            wrappedKey = registration.wrappedKey
            sealedAddress = registration.sealedAddress
            self.fields = fields
            dataKey = try keys.epoch.open(wrappedKey, associated: Self.keyPlace(handle))
        }

        private static func sealedPart(of record: UInt64, _ snapshot: LedgerSnapshot) throws -> SealedPart? {
            let bytes = try snapshot.sealedPart(of: record)
            return try bytes.isEmpty ? nil : SealedPart(decoding: bytes)
        }

        static func keyPlace(_ handle: ContactHandle) -> [UInt8] {
            Array("consent-ledger/data-key/v1".utf8) + handle.bytes
        }

        /// What a key opens of it.
        func opened(by secret: [UInt8], ledgerID: [UInt8]) -> [String] {
            guard let key = try? SealingKey(SecretBytes(secret)) else { return [] }
            var found: [String] = []
            if (try? key.open(wrappedKey, associated: Self.keyPlace(handle))) != nil { found.append("data key") }
            let place = Array("consent-ledger/address/v1".utf8) + tag.bytes + handle.bytes
            if (try? key.open(sealedAddress, associated: place)) != nil { found.append("address") }
            let field = fields[0]
            let part = SealedPart(
                event: field.event, fields: [SealedPart.Field(handle: handle, name: field.name, sealed: field.sealed)])
            if (try? part.open(part.fields[0], ledgerID: ledgerID, key: key)) != nil { found.append("field") }
            return found
        }

        /// What must not be found anywhere, by name.
        var needles: [(name: String, bytes: [UInt8])] {
            let digits = Array(address.text.utf8.dropFirst())
            // In a table, whole numbers are stored by their bits, without leading zeros.
            let high = withUnsafeBytes(of: tag.high.bigEndian) { Array($0) }
            return [
                ("address", digits), ("tag", tag.bytes), ("half of the tag", high), ("wrapped key", wrappedKey),
                ("sealed address", sealedAddress), ("data key", dataKey),
            ] + fields.map { ("salt of \($0.name)", $0.salt) }
        }
    }

    /// Every file below a directory, whatever it is.
    private static func files(_ directory: String) throws -> [(name: String, bytes: [UInt8])] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: directory)
        return try names.compactMap { name in
            var isDirectory: ObjCBool = false
            let path = directory + "/" + name
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory.boolValue else {
                return nil
            }
            return (name, Array(try Data(contentsOf: URL(fileURLWithPath: path))))
        }
    }

    private static func secrets(_ files: [(name: String, bytes: [UInt8])]) -> [(name: String, secret: [UInt8])] {
        files.compactMap { file in
            SecretKeyFile(parsing: file.bytes).map { ($0.name, $0.secret.withUnsafeBytes { Array($0) }) }
        }
    }

    /// What the needles and the keys left in these files find.
    private static func found(
        of kept: Kept, in files: [(name: String, bytes: [UInt8])], ledgerID: [UInt8], trying secrets: [[UInt8]]
    ) -> Set<String> {
        var found: Set<String> = []
        for (name, needle) in kept.needles {
            for file in files where Data(file.bytes).range(of: Data(needle)) != nil { found.insert(name) }
        }
        for secret in secrets { found.formUnion(kept.opened(by: secret, ledgerID: ledgerID).map { $0 + " opens" }) }
        return found
    }

    private static func make(_ directory: String) throws -> LedgerWorld {
        let (world, writer) = try LedgerWorld.make(label: "carving", directory: directory)
        let user = try ContactAddress(parsing: "whatsapp:US.1234567")
        let ana = LedgerWorld.phone(1)
        for number in 2..<40 { try writer.append(world.optIn(LedgerWorld.phone(number))) }
        try writer.append(world.optIn(ana, id: "crm-1"))
        try writer.append(world.linked(ana, user))
        try writer.publish()
        // Some in the registry and some in the journal alone, and so that pages are freed and used again.
        for number in 40..<60 { try writer.append(world.optIn(LedgerWorld.phone(number))) }
        try writer.append(world.reassigned(LedgerWorld.phone(41)))
        try writer.append(world.optIn(ana, id: "crm-2"))
        try writer.append(world.changed(from: LedgerWorld.phone(42), to: LedgerWorld.phone(43)))
        try writer.close()
        let ledger = try Ledger(world.location, clock: world.clock)
        for number in [1, 2, 1] { _ = try ledger.reserve(world.question(), contact: LedgerWorld.phone(number)) }
        return world
    }

    @Test(arguments: [true, false]) func nothingThatIsLeftLeadsToThePerson(keepsSuppression: Bool) throws {
        let directory = try TemporaryDirectory()
        let world = try Self.make(directory.path)
        let ledgerID = try LedgerIdentity(of: world.location).ledgerID
        let ana = try Kept(LedgerWorld.phone(1), in: world)
        #expect(ana.fields.count == 5)
        let before = try Self.files(directory.path)
        let oldSecrets = Self.secrets(before).filter { ["epoch", "registry"].contains($0.name) }.map(\.secret)
        #expect(oldSecrets.count == 2)
        // The search finds what is there: without this, finding nothing says nothing.
        #expect(
            Self.found(of: ana, in: before, ledgerID: ledgerID, trying: oldSecrets) == [
                "tag", "half of the tag", "wrapped key", "sealed address", "data key opens", "address opens",
            ])
        #expect(ana.opened(by: ana.dataKey, ledgerID: ledgerID) == ["field"])

        let writer = try world.open()
        var order = ErasureOrder(LedgerWorld.phone(1), business: "acme")
        order.keepsSuppression = keepsSuppression
        let (outcomes, isCleared) = try writer.erase([order])
        #expect(isCleared)
        _ = try outcomes[0].get()
        // As a crash would leave it as well as closed.
        for isOpen in [true, false] {
            if !isOpen { try writer.close() }
            let after = try Self.files(directory.path)
            #expect(after.contains { $0.name == "private/registry.sqlite" })
            var candidates = Self.secrets(after).map(\.secret)
            #expect(candidates.count >= 8 && candidates.allSatisfy { !oldSecrets.contains($0) })
            if !isOpen { candidates += Self.windows(after) }
            #expect(Self.found(of: ana, in: after, ledgerID: ledgerID, trying: candidates) == [])
            for secret in oldSecrets {
                for (name, form) in [("raw", secret), ("base64", Array(Data(secret).base64EncodedString().utf8))] {
                    #expect(
                        !after.contains { Data($0.bytes).range(of: Data(form)) != nil }, "an old key is there, \(name)")
                }
            }
        }
        try world.check()
        // The others can be shown as before.
        let handles = try (2..<6).map { try Kept(LedgerWorld.phone($0), in: world).fields.count }
        #expect(handles == [2, 2, 2, 2])
        #expect(try Ledger(world.location).read { try $0.uses(of: LedgerWorld.phone(2), business: "acme").count } == 1)
    }

    /// Somebody who reads the registry keeps SQLite from letting go of what was deleted: that is told, nothing of it opens
    /// any more, and the next open clears it.
    @Test func whatAReaderKeepsIsClearedAtTheNextOpen() throws {
        let directory = try TemporaryDirectory()
        let world = try Self.make(directory.path)
        let ledgerID = try LedgerIdentity(of: world.location).ledgerID
        let ana = try Kept(LedgerWorld.phone(1), in: world)
        let writer = try world.open()
        try Ledger(world.location).read { snapshot in
            _ = try snapshot.handle(of: LedgerWorld.phone(2), business: "acme")
            let (outcomes, isCleared) = try writer.erase([ErasureOrder(LedgerWorld.phone(1), business: "acme")])
            _ = try outcomes[0].get()
            #expect(!isCleared)
        }
        #expect(try writer.registry.erasingState() == .tracesRemain)
        var files = try Self.files(directory.path)
        #expect(Self.found(of: ana, in: files, ledgerID: ledgerID, trying: []) != [])
        #expect(Self.found(of: ana, in: [], ledgerID: ledgerID, trying: Self.secrets(files).map(\.secret)) == [])
        try writer.close()
        let next = try world.open()
        #expect(try next.registry.erasingState() == nil)
        files = try Self.files(directory.path)
        #expect(Self.found(of: ana, in: files, ledgerID: ledgerID, trying: Self.secrets(files).map(\.secret)) == [])
        try next.close()
        try world.check()
    }

    /// Every 32 bytes, at every offset of every private file, that are not all alike: each could be a key.
    private static func windows(_ files: [(name: String, bytes: [UInt8])]) -> [[UInt8]] {
        var windows: Set<[UInt8]> = []
        for file in files where file.name.hasPrefix("private/") {
            var zeros = 0
            for (offset, byte) in file.bytes.enumerated() {
                zeros = byte == 0 ? zeros + 1 : 0
                if offset >= 31, zeros < 24 { windows.insert(Array(file.bytes[offset - 31...offset])) }
            }
        }
        return Array(windows)
    }
}
