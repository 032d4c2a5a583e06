public import ConsentModel

/// A contact whose restrictions bind another one.
public struct LinkedContact: Sendable {
    /// What the log says about it.
    public let timeline: ContactTimeline
    /// The record from which on its restrictions bind the other one no longer; `nil`: all of them do.
    public let until: UInt64?

    public init(_ timeline: ContactTimeline, until: UInt64? = nil) {
        self.timeline = timeline
        self.until = until
    }
}

/// That a contact is another one's person too, from one record on and perhaps until a later one.
public struct ContactLink: Hashable, Sendable {
    /// The other contact.
    public let other: ContactHandle
    /// The record that linked them.
    public let from: UInt64
    /// The record that unlinked them, if one did.
    public fileprivate(set) var until: UInt64?

    public init(to other: ContactHandle, from: UInt64, until: UInt64? = nil) {
        self.other = other
        self.from = from
        self.until = until
    }
}

/// Whose restrictions bind whom (DESIGN §7.6). A restriction reaches all who are linked to its contact when it is recorded
/// or at any time after, and those linked to them; whom it has reached it binds for good. A `contact-unlinked` ends the
/// link for what is recorded from then on.
public struct LinkRules: Sendable {
    private let catalog: Catalog
    private let knownAt: KnownAt

    /// For what may be known at `knownAt`.
    public init(catalog: Catalog, knownAt: KnownAt) {
        self.catalog = catalog
        self.knownAt = knownAt
    }

    /// The links of a contact. `other` names the other contact of the record at an index. An unlinking by a source whose
    /// key may have been in other hands ends nothing, and neither does one that was voided.
    public func links(
        of timeline: ContactTimeline, other: (UInt64) throws -> ContactHandle?
    ) rethrows -> [ContactLink] {
        let isJoining = Self.isJoining
        let size = catalog.size(knownAt: knownAt)
        let acts = timeline.entries.compactMap { entry -> Act? in
            guard case .event(let event) = entry.payload,
                knownAt.includes(index: entry.index, recordedAt: entry.recordedAt)
            else { return nil }
            return Act(
                event: event, index: entry.index, recordedAt: entry.recordedAt,
                isSuspect: catalog.isSuspect(entry.keyIdentifier, recordedAt: entry.recordedAt, size: size))
        }
        guard acts.contains(where: { isJoining($0.event) }) else { return [] }
        let standing = Set(acts.withoutVoided().map(\.index))
        var links: [ContactLink] = []
        for act in acts {
            let isEnding = act.event.type == .contactUnlinked && !act.isSuspect && standing.contains(act.index)
            guard isJoining(act.event) || isEnding, let other = try other(act.index) else { continue }
            let open = links.firstIndex { $0.other == other && $0.until == nil }
            if isEnding {
                if let open { links[open].until = act.index }
            } else if open == nil {
                links.append(ContactLink(to: other, from: act.index))
            }
        }
        return links
    }

    fileprivate static func isJoining(_ event: Event) -> Bool {
        event.type == .contactLinked || event.type == .contactChanged
    }

    /// The contacts whose restrictions bind the one that `addresses` are contacts of, these included, each with the record
    /// from which on they do not. `links` are those of a contact.
    public static func binding(
        _ addresses: [ContactHandle], links: (ContactHandle) throws -> [ContactLink]
    ) rethrows -> [(contact: ContactHandle, until: UInt64?)] {
        // What is recorded below a contact's bound reaches the addresses. It crosses a link if it is there before the link
        // ends, and if the link begins early enough for the rest of the way.
        var bounds = Dictionary(addresses.map { ($0, UInt64.max) }) { $1 }
        var found: [(contact: ContactHandle, until: UInt64?)] = []
        var isFound: Set<ContactHandle> = []
        while let (contact, bound) = bounds.filter({ !isFound.contains($0.key) })
            .max(by: { ($0.value, $1.key) < ($1.value, $0.key) })
        {
            isFound.insert(contact)
            found.append((contact, bound == .max ? nil : bound))
            for link in try links(contact) where link.from < bound {
                let reach = min(bound, link.until ?? .max)
                bounds[link.other] = max(reach, bounds[link.other] ?? 0)
            }
        }
        return found
    }
}

extension ContactTimeline {
    /// Whether a record may link the contact to another.
    public var hasLinks: Bool {
        entries.contains { entry in
            if case .event(let event) = entry.payload { LinkRules.isJoining(event) } else { false }
        }
    }
}
