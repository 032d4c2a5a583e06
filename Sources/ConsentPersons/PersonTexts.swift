/// The words of pages for a person that pages of evidence do not have, in each language.
package enum PersonTexts {
    package static let tables = ["en": english, "es": spanish]

    private static let english = [
        "person.made": "As of",
        "person.columns.when": "When", "person.columns.what": "What", "person.columns.how": "How",
        "person.columns.record": "Record",
        "person.words": "The words that you were shown: the notice %1, in %2 (SHA-256 %3)",
        "person.words.unknown": "Which words you were shown is not recorded.",
        "person.sender": "from the sender %1 only", "person.do-not-contact": "everything: do not contact",
        "person.bases": "Messages that do not rest on your consent",
        "person.bases.about": "About", "person.bases.basis": "They rest on", "person.bases.stands": "Still so?",
        "person.bases.since": "Last change",

        "basis.consent": "your consent", "basis.contract": "a contract with you",
        "basis.legal-obligation": "a legal obligation", "basis.legitimate-interest": "a legitimate interest",

        "status.ConsentGiven": "You agreed, and it stands",
        "status.RenewedConsentGiven": "You agreed and renewed it, and it stands",
        "status.ConsentRequested": "You were asked and have not confirmed: it is no consent yet",
        "status.ConsentRefused": "You refused", "status.ConsentWithdrawn": "You withdrew your consent",
        "status.ConsentRevoked": "It was ended by somebody other than you", "status.ConsentExpired": "It has expired",
        "status.ConsentInvalidated": "It was found invalid",
        "status.ConsentUnknown": "No consent of yours is recorded that counts",
        "status.ConsentStatusInvalidForProcessing": "Nothing may be sent on it",

        "receipt.title": "Your consent receipt from %1",
        "receipt.about": "This receipt",
        "receipt.intro":
            "This says what you agreed to, refused and withdrew at this address, as the business has it on record. Keep it. Where you remember something else, say so: what is recorded wrongly can be set right.",
        "receipt.id": "Receipt number",
        "receipt.consents": "What you agreed to",
        "receipt.none": "No consent was asked of you at this address, and none is recorded.",
        "receipt.since": "Since", "receipt.until": "Until", "receipt.until.withdrawn": "you withdraw it",
        "receipt.record-id": "Number of this consent",
        "receipt.business": "The business, and what you can do",
        "receipt.controller.withdrawal": "How you withdraw", "receipt.controller.rights": "How you use your rights",
        "receipt.controller.postal-address": "Address", "receipt.controller.email": "E-mail",
        "receipt.controller.phone": "Telephone", "receipt.controller.url": "Site",
        "receipt.controller.privacy-notice": "Privacy notice",
        "receipt.controller.storage-locations": "Your data is kept in",
        "receipt.controller.retention": "It is kept for", "receipt.controller.authority": "You can complain to",
        "receipt.controller.recipients": "Others who get it", "receipt.recipients.none": "nobody",
        "receipt.controller.jurisdiction": "Country whose law applies to the business",
        "receipt.missing": "A complete receipt has these too, and the business has not said them here:",
        "receipt.missing.contact": "how it can be reached",
        "receipt.missing.jurisdiction": "which country's law applies to it",
        "receipt.missing.notice": "which words you were shown, for each consent",
        "receipt.missing.recipients": "who else gets your data",
        "receipt.missing.retention": "for how long your data is kept",
        "receipt.missing.rights": "how you use your rights",
        "receipt.missing.time": "when everything above happened: of some of it the time is not known",
        "receipt.missing.withdrawal": "how you withdraw a consent",
        "receipt.missing.postal-address": "its postal address",
        "receipt.missing.storage-locations": "in which countries your data is kept",
        "receipt.check": "How this can be checked",
        "receipt.check.text":
            "Each act above is a record of a log that is only ever added to. Its leaf hash stands for its exact bytes; the checkpoint, signed with the log's key, stands for all records before its size. Keep this receipt: whoever changed or removed a record later would contradict it.",
        "receipt.published": "recorded %1, leaf hash %2, covered by the checkpoint",
        "receipt.unpublished": "recorded %1, leaf hash %2, not covered by the checkpoint yet",
        "length.Y": "%1 years", "length.M": "%1 months", "length.W": "%1 weeks", "length.D": "%1 days",
        "length.Y.1": "1 year", "length.M.1": "1 month", "length.W.1": "1 week", "length.D.1": "1 day",

        "access.read-first":
            "Before handing this over, verify that who asks has control of the address. A shared address is one subject: what is held under it may be of anybody who had it in hand, and handing it over tells them of each other.",
        "access.title": "What %1 holds on you",
        "access.about": "About this",
        "access.count": "Records",
        "access.intro":
            "This is everything that the consent ledger of the business holds under this address: what you were shown, what you did, how it was recorded, and what else is kept. What other systems of the business hold, such as orders or conversations, is not in it.",
        "access.shared":
            "Whoever has control of an address is taken to be its person. Where several people share it, all that was done with it is held as one person's, and cannot be told apart.",
        "access.erased":
            "This address was erased. What was known of it is destroyed: nothing leads from it to any record any more. What is still held is a keyed hash of the address, so that no old list brings it back, and records in the log that name somebody by a random number, which lead to nobody.",
        "access.nothing":
            "Nothing is held under this address. If it was erased so that not even a mark remained, nothing says so here.",
        "access.erasure-requested":
            "You asked to be erased (record %1). Messages have stopped. What is kept as proof is shut to all but the legal department; the day on which it is deleted is not set yet.",
        "access.erasure-requested.until":
            "You asked to be erased (record %1). Messages have stopped. What is kept as proof is shut to all but the legal department, and is deleted from %2 on.",
        "access.moved":
            "The person at this address gave another one instead (records %1). What is recorded until then is shown here. What is recorded since is under the other address: ask for it from there.",
        "access.now": "How it stands now",
        "access.now.about": "About", "access.now.status": "How it stands", "access.now.since": "Since",
        "access.now.until": "Ends by itself",
        "access.no-consents": "No consent was asked of you, given or refused.",
        "access.no-consents.moved":
            "No consent stands at this address since another one was given instead. What was agreed to before is among the records below.",
        "access.basis.stands": "and still do", "access.basis.ended": "and no longer may be sent",
        "access.records": "What is recorded, in order",
        "access.how": "How", "access.basis": "Rests on", "access.concerns": "About what is recorded as",
        "access.shared-record":
            "This record is about another address too, of yours or of somebody else. What is recorded of that one is not shown.",
        "access.attachments": "Files kept as evidence",
        "access.attachments.given": "%1 (%2, %3), given as %4",
        "access.attachments.ask": "%1 (%2, %3); it is not in this copy: ask for it",
        "access.sent": "Messages that were counted",
        "access.sent.none":
            "No message to this address is counted. Counts are kept for as long as limits look at them.",
        "access.sent.intro":
            "Before a message, its sender can have it counted, so that not too many are sent. These are taken to have been sent; their texts are not kept here.",
        "access.sent.at": "When", "access.sent.about": "About", "access.sent.channel": "How",
        "access.sent.sender": "Sender",
        "access.kept": "What else is kept, and for how long",
        "access.retention.in-use": "What is kept stays while messages may be sent to you on it.",
        "access.retention.undated": "No date is set for deleting what is kept.",
        "access.retention.kept": "What is kept stays as proof.",
        "access.retention.kept.until": "What is kept stays as proof until %1.",
        "access.retention.held": "A hold, for a reason of ours that is on record, keeps it until that is lifted.",
        "access.retention.held.until": "A hold, for a reason of ours that is on record, keeps it until %1.",
        "access.retention.may-go": "What is kept may be deleted now.",
        "access.retention.may-go.until": "What is kept may be deleted since %1.",
        "access.hold": "Legal hold %1, for the reason %2: until %3.", "access.hold.lifted": "it is lifted",
        "access.hold.everybody": "A legal hold on all that the business keeps, for the reason %1: until %2.",
        "access.review":
            "A message of yours may have been an opt-out, and waits for a person to decide (record %1). Until then nothing that it could be about is sent.",
        "access.suppressed":
            "A keyed hash of this address, so that no imported list brings it back. It says nothing else of you.",
        "access.former.1":
            "An earlier holder of this address, from whom it passed on. What is kept of them is not shown: it is somebody else's.",
        "access.former":
            "%1 earlier holders of this address, from whom it passed on. What is kept of them is not shown: it is somebody else's.",
        "access.other-spellings":
            "Records under another spelling of what may be the same telephone line. They are kept as another contact's; ask for them under that number.",
        "access.links":
            "Records tie this address to another address, of yours or of somebody else (records %1). What you stopped here is stopped there too. Ask for that one's data from there.",
        "access.clearances":
            "Signed answers to senders who asked whether a message may be sent are given to those senders; the ledger keeps no copy.",
        "access.backups": "Backups of the ledger have the same, up to the day of the backup.",
        "access.sources": "Which systems recorded it",
        "access.sources.source": "System", "access.sources.count": "Records",
        "access.sources.key": "Its key is held by",
        "access.log": "What the log itself holds of you",
        "access.log.text":
            "The log cannot be altered, and so nothing in it names you: each record above has your random number (handle), the codes and times shown, and one hash that stands for all private evidence. Your address, the evidence and the files are kept outside of it, encrypted under a key of your own. To erase you, that key is destroyed.",
    ]

    private static let spanish = [
        "person.made": "A fecha de",
        "person.columns.when": "Cuándo", "person.columns.what": "Qué", "person.columns.how": "Cómo",
        "person.columns.record": "Asiento",
        "person.words": "El texto que se le mostró: el aviso %1, en %2 (SHA-256 %3)",
        "person.words.unknown": "No consta qué texto se le mostró.",
        "person.sender": "solo del remitente %1", "person.do-not-contact": "todo: no contactar",
        "person.bases": "Mensajes que no se basan en su consentimiento",
        "person.bases.about": "Sobre", "person.bases.basis": "Se basan en", "person.bases.stands": "¿Sigue siendo así?",
        "person.bases.since": "Último cambio",

        "basis.consent": "su consentimiento", "basis.contract": "un contrato con usted",
        "basis.legal-obligation": "una obligación legal", "basis.legitimate-interest": "un interés legítimo",

        "status.ConsentGiven": "Usted aceptó, y sigue vigente",
        "status.RenewedConsentGiven": "Usted aceptó y lo renovó, y sigue vigente",
        "status.ConsentRequested": "Se le preguntó y no lo ha confirmado: todavía no es un consentimiento",
        "status.ConsentRefused": "Usted no aceptó", "status.ConsentWithdrawn": "Usted retiró su consentimiento",
        "status.ConsentRevoked": "Lo dio por terminado alguien que no es usted",
        "status.ConsentExpired": "Ha caducado",
        "status.ConsentInvalidated": "Se determinó que no era válido",
        "status.ConsentUnknown": "No consta ningún consentimiento suyo que cuente",
        "status.ConsentStatusInvalidForProcessing": "No se le puede enviar nada sobre esta base",

        "receipt.title": "Su recibo de consentimiento de %1",
        "receipt.about": "Este recibo",
        "receipt.intro":
            "Aquí consta lo que usted aceptó, rechazó y retiró en esta dirección, tal como lo tiene registrado la empresa. Consérvelo. Si recuerda otra cosa, dígalo: lo que se registró mal puede corregirse.",
        "receipt.id": "Número del recibo",
        "receipt.consents": "Lo que usted aceptó",
        "receipt.none": "En esta dirección no se le pidió ningún consentimiento, y no consta ninguno.",
        "receipt.since": "Desde", "receipt.until": "Hasta", "receipt.until.withdrawn": "que usted lo retire",
        "receipt.record-id": "Número de este consentimiento",
        "receipt.business": "La empresa, y lo que usted puede hacer",
        "receipt.controller.withdrawal": "Cómo lo retira", "receipt.controller.rights": "Cómo ejerce sus derechos",
        "receipt.controller.postal-address": "Dirección", "receipt.controller.email": "Correo electrónico",
        "receipt.controller.phone": "Teléfono", "receipt.controller.url": "Sitio web",
        "receipt.controller.privacy-notice": "Aviso de privacidad",
        "receipt.controller.storage-locations": "Sus datos se guardan en",
        "receipt.controller.retention": "Se conservan durante",
        "receipt.controller.authority": "Puede reclamar ante",
        "receipt.controller.recipients": "Otros que los reciben", "receipt.recipients.none": "nadie",
        "receipt.controller.jurisdiction": "País cuya ley se aplica a la empresa",
        "receipt.missing": "Un recibo completo tiene además lo siguiente, que la empresa no ha dicho aquí:",
        "receipt.missing.contact": "cómo contactar con ella",
        "receipt.missing.jurisdiction": "la ley de qué país se le aplica",
        "receipt.missing.notice": "qué texto se le mostró, para cada consentimiento",
        "receipt.missing.recipients": "quién más recibe sus datos",
        "receipt.missing.retention": "cuánto tiempo se conservan sus datos",
        "receipt.missing.rights": "cómo ejerce sus derechos",
        "receipt.missing.time": "cuándo ocurrió todo lo anterior: de una parte no se conoce el momento",
        "receipt.missing.withdrawal": "cómo se retira un consentimiento",
        "receipt.missing.postal-address": "su dirección postal",
        "receipt.missing.storage-locations": "en qué países se guardan sus datos",
        "receipt.check": "Cómo puede comprobarse",
        "receipt.check.text":
            "Cada acto de arriba es un asiento de un registro al que solo se añade. Su huella representa sus bytes exactos; el punto de control, firmado con la clave del registro, representa todos los asientos anteriores a su tamaño. Conserve este recibo: quien más tarde cambiara o quitara un asiento lo contradiría.",
        "receipt.published": "registrado el %1, huella %2, cubierto por el punto de control",
        "receipt.unpublished": "registrado el %1, huella %2, todavía no cubierto por el punto de control",
        "length.Y": "%1 años", "length.M": "%1 meses", "length.W": "%1 semanas", "length.D": "%1 días",
        "length.Y.1": "1 año", "length.M.1": "1 mes", "length.W.1": "1 semana", "length.D.1": "1 día",

        "access.read-first":
            "Antes de entregar esto, compruebe que quien lo pide controla la dirección. Una dirección compartida es un solo interesado: lo que consta en ella puede ser de cualquiera que la haya tenido a mano, y al entregarlo unos sabrán de otros.",
        "access.title": "Lo que %1 tiene sobre usted",
        "access.about": "Acerca de esto",
        "access.count": "Asientos",
        "access.intro":
            "Esto es todo lo que el registro de consentimientos de la empresa tiene bajo esta dirección: lo que se le mostró, lo que usted hizo, cómo se registró y qué más se conserva. Lo que tienen otros sistemas de la empresa, como pedidos o conversaciones, no está aquí.",
        "access.shared":
            "Quien controla una dirección se tiene por su persona. Si varias la comparten, todo lo hecho con ella consta como de una sola, y no puede distinguirse.",
        "access.erased":
            "Esta dirección fue suprimida. Lo que se sabía de ella está destruido: nada conduce ya de ella a ningún asiento. Aún se conserva un resumen con clave de la dirección, para que ninguna lista antigua la traiga de vuelta, y asientos del registro que nombran a alguien con un número aleatorio y no conducen a nadie.",
        "access.nothing":
            "No se conserva nada bajo esta dirección. Si se suprimió de modo que no quedara ni una marca, aquí nada lo dice.",
        "access.erasure-requested":
            "Usted pidió ser suprimido (asiento %1). Los mensajes han cesado. Lo que se conserva como prueba está cerrado a todos salvo al departamento jurídico; el día en que se eliminará aún no está fijado.",
        "access.erasure-requested.until":
            "Usted pidió ser suprimido (asiento %1). Los mensajes han cesado. Lo que se conserva como prueba está cerrado a todos salvo al departamento jurídico, y se eliminará a partir de %2.",
        "access.moved":
            "La persona de esta dirección dio otra en su lugar (asientos %1). Aquí se muestra lo que consta hasta entonces. Lo que consta desde entonces está bajo la otra dirección: pídalo desde ella.",
        "access.now": "Cómo está ahora",
        "access.now.about": "Sobre", "access.now.status": "Cómo está", "access.now.since": "Desde",
        "access.now.until": "Termina por sí solo",
        "access.no-consents": "No se le pidió ningún consentimiento, ni consta que lo diera o rechazara.",
        "access.no-consents.moved":
            "Ningún consentimiento está en vigor en esta dirección desde que se dio otra en su lugar. Lo acordado antes está entre los asientos de abajo.",
        "access.basis.stands": "y siguen siendo posibles", "access.basis.ended": "y ya no pueden enviarse",
        "access.records": "Lo que consta, en orden",
        "access.how": "Cómo", "access.basis": "Se basa en", "access.concerns": "Sobre lo que consta como",
        "access.shared-record":
            "Este asiento trata también de otra dirección, de usted o de otra persona. Lo que consta de ella no se muestra.",
        "access.attachments": "Archivos conservados como prueba",
        "access.attachments.given": "%1 (%2, %3), se entrega como %4",
        "access.attachments.ask": "%1 (%2, %3); no está en esta copia: pídalo",
        "access.sent": "Mensajes que se contaron",
        "access.sent.none":
            "No consta ningún mensaje contado para esta dirección. Las cuentas se guardan mientras algún límite las mira.",
        "access.sent.intro":
            "Antes de un mensaje, su remitente puede hacer que se cuente, para que no se envíen demasiados. Estos se dan por enviados; sus textos no se guardan aquí.",
        "access.sent.at": "Cuándo", "access.sent.about": "Sobre", "access.sent.channel": "Cómo",
        "access.sent.sender": "Remitente",
        "access.kept": "Qué más se conserva, y hasta cuándo",
        "access.retention.in-use": "Lo conservado permanece mientras puedan enviársele mensajes sobre esa base.",
        "access.retention.undated": "No hay fecha fijada para eliminar lo conservado.",
        "access.retention.kept": "Lo conservado permanece como prueba.",
        "access.retention.kept.until": "Lo conservado permanece como prueba hasta %1.",
        "access.retention.held": "Está retenido por un motivo nuestro que consta en el registro, hasta que se levante.",
        "access.retention.held.until": "Está retenido por un motivo nuestro que consta en el registro, hasta %1.",
        "access.retention.may-go": "Lo conservado ya puede eliminarse.",
        "access.retention.may-go.until": "Lo conservado puede eliminarse desde %1.",
        "access.hold": "Retención legal %1, por el motivo %2: hasta %3.", "access.hold.lifted": "que se levante",
        "access.hold.everybody": "Una retención legal de todo lo que conserva la empresa, por el motivo %1: hasta %2.",
        "access.review":
            "Un mensaje suyo puede haber sido una baja, y espera a que una persona lo decida (asiento %1). Hasta entonces no se le envía nada a lo que pudiera referirse.",
        "access.suppressed":
            "Un resumen con clave de esta dirección, para que ninguna lista importada la traiga de vuelta. No dice nada más de usted.",
        "access.former.1":
            "Un titular anterior de esta dirección, que pasó a otras manos. Lo que se conserva de él no se muestra: es de otra persona.",
        "access.former":
            "%1 titulares anteriores de esta dirección, que pasó a otras manos. Lo que se conserva de ellos no se muestra: es de otras personas.",
        "access.other-spellings":
            "Asientos bajo otra forma de escribir lo que puede ser la misma línea telefónica. Constan como de otro contacto; pídalos con ese número.",
        "access.links":
            "Hay asientos que enlazan esta dirección con otra, de usted o de otra persona (asientos %1). Lo que usted detuvo aquí está detenido también allí. Pida los datos de aquella desde ella.",
        "access.clearances":
            "Las respuestas firmadas a remitentes que preguntaron si podían enviar un mensaje se entregan a esos remitentes; el registro no guarda copia.",
        "access.backups": "Las copias de seguridad del registro tienen lo mismo, hasta el día de la copia.",
        "access.sources": "Qué sistemas lo registraron",
        "access.sources.source": "Sistema", "access.sources.count": "Asientos",
        "access.sources.key": "Su clave la custodia",
        "access.log": "Lo que el propio registro tiene de usted",
        "access.log.text":
            "El registro no puede alterarse, y por eso nada en él le nombra: cada asiento de arriba tiene su número aleatorio (seudónimo), los códigos y momentos mostrados, y un resumen que representa todas las pruebas privadas. Su dirección, las pruebas y los archivos se guardan fuera de él, cifrados con una clave solo suya. Para suprimirle, se destruye esa clave.",
    ]
}
