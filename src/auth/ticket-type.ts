/** Keeps tickets and other tokens that are signed with the same secret apart (RFC 8725 section 3.11). */
export const TICKET_TYPE = 'signalbox-ticket+jwt';
