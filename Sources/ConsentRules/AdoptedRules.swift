internal import ConsentModel
internal import Synchronization

/// The packs adopted, and what they say of messages: found once for all questions that share what rules look at, such as
/// those of a campaign.
final class AdoptedRules: Sendable {
    private let packs: [AdoptedPack]
    private let found = Mutex<[Asked: PackConditions]>([:])

    private struct Asked: Hashable {
        let business: String
        let at: Timestamp
        let knownAt: KnownAt
        let message: PackConditions.Message
    }

    /// How many answers are kept, so that questions about ever other moments do not fill memory.
    private static let mostKept = 256

    init(_ packs: [AdoptedPack]) { self.packs = packs }

    /// The rules about the message of a question.
    func conditions(_ question: Question, _ subject: MessageSubject) -> PackConditions {
        guard !packs.isEmpty else { return .none }
        let message = PackConditions.Message(
            channel: question.channel, categoryClass: subject.categoryClass, categories: subject.categories.map(\.id),
            senderCountry: subject.business.country, recipientCountry: question.recipient.country)
        let asked = Asked(
            business: question.business, at: question.at, knownAt: question.knownAt, message: message)
        if let conditions = found.withLock({ $0[asked] }) { return conditions }
        let conditions = PackConditions(packs, about: message, question)
        found.withLock { found in
            if found.count >= Self.mostKept { found.removeAll(keepingCapacity: true) }
            found[asked] = conditions
        }
        return conditions
    }

    /// The packs that count for a question.
    func inForce(for question: Question) -> [AdoptedPack] {
        packs.inForce(for: question.business, at: question.at, knownAt: question.knownAt)
    }
}
