internal import ConsentRules
internal import LedgerCrypto
internal import Synchronization

/// The rule packs that the log holds as objects, each read, verified and parsed once.
final class PackObjects: Sendable {
    private let known = Mutex<[SHA256Digest: RulePack]>([:])

    /// The packs of adoptions that concern `business`, in the order they were recorded; `object` gives an object's bytes.
    /// Throws `packUnreadable`: what a pack that cannot be read forbids must not be allowed.
    func adopted(
        by adoptions: [PackAdoption], business: String, object: (SHA256Digest) throws -> [UInt8]?
    ) throws(RulesError) -> [AdoptedPack] {
        var packs: [AdoptedPack] = []
        for adoption in adoptions where (adoption.business ?? business) == business {
            packs.append(AdoptedPack(try pack(of: adoption, object: object), adoption))
        }
        return packs
    }

    private func pack(
        of adoption: PackAdoption, object: (SHA256Digest) throws -> [UInt8]?
    ) throws(RulesError) -> RulePack {
        if let pack = known.withLock({ $0[adoption.digest] }) { return pack }
        func unreadable(_ what: String) -> RulesError {
            RulesError(
                .packUnreadable,
                "the rule pack “\(adoption.pack)” (record \(adoption.index), log/object/\(adoption.digest)) \(what)")
        }
        let restore = "; restore it from a copy of the log, then run consent verify"
        let bytes: [UInt8]
        do {
            guard let found = try object(adoption.digest) else { throw unreadable("is missing" + restore) }
            bytes = found
        } catch let error as RulesError { throw error } catch { throw unreadable("cannot be read: \(error)") }
        guard SHA256Digest(hashing: bytes) == adoption.digest else { throw unreadable("was altered" + restore) }
        let pack: RulePack
        do { pack = try RulePack(parsing: bytes) } catch {
            throw unreadable("is not understood: \(error); update this software, or adopt a version that it reads")
        }
        guard pack.id == adoption.pack, pack.version == adoption.version else {
            throw unreadable("is “\(pack.id)” \(pack.version), and was adopted as \(adoption.version); adopt it again")
        }
        known.withLock { $0[adoption.digest] = pack }
        return pack
    }
}
