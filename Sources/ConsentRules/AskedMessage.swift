internal import ConsentModel
internal import Synchronization

/// What a message is about and the rules that bear on it, whoever it goes to.
struct AskedMessage: Sendable {
    let subject: MessageSubject
    let conditions: PackConditions
    /// The question about each of the subject's categories, in their order.
    let scopes: [QuestionScope]
    /// The categories' names.
    let about: [String]

    init(_ question: Question, _ catalog: Catalog, _ rules: AdoptedRules) throws(RulesError) {
        let subject = try MessageSubject(question, catalog: catalog)
        let conditions = rules.conditions(question, subject)
        self.subject = subject
        self.conditions = conditions
        scopes = subject.categories.map { category in
            QuestionScope(question, subject, category, catalog: catalog, conditions: conditions.about(category))
        }
        about = subject.categories.map(\.id)
    }
}

/// The message asked about last: those of a campaign are one message to many people.
final class LastMessage: Sendable {
    private let last = Mutex<(question: Question, message: AskedMessage)?>(nil)

    /// That of `question`, made with `make` unless it is the last one's.
    func message(
        of question: Question, make: () throws(RulesError) -> AskedMessage
    ) throws(RulesError) -> AskedMessage {
        if let last = last.withLock({ $0 }), last.question.isSameMessage(as: question) { return last.message }
        let message = try make()
        last.withLock { $0 = (question, message) }
        return message
    }
}

extension Question {
    /// Whether nothing but the person is another one: what is known of where the person is beside the country, of what was
    /// sent before, and when the person wrote.
    fileprivate func isSameMessage(as other: Question) -> Bool {
        at == other.at && knownAt == other.knownAt && category == other.category && channel == other.channel
            && business == other.business && recipient.country == other.recipient.country && sender == other.sender
            && template == other.template && alsoAbout == other.alsoAbout && purpose == other.purpose
            && assertedBasis == other.assertedBasis
    }
}
