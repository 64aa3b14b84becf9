-- Schema 2 of docs/vault-format.md, the same tables as sqlite.sql.
CREATE TABLE meta (name TEXT COLLATE "C" PRIMARY KEY, value TEXT COLLATE "C" NOT NULL);
CREATE TABLE domain (
    id BIGINT PRIMARY KEY, uuid BYTEA NOT NULL UNIQUE, name TEXT COLLATE "C" NOT NULL UNIQUE, kek BYTEA NOT NULL, root BYTEA NOT NULL,
    version BIGINT NOT NULL, reveal_public BYTEA NOT NULL, reveal_private BYTEA NOT NULL, policy BYTEA NOT NULL,
    mac BYTEA NOT NULL);
CREATE TABLE subject (
    id BIGINT PRIMARY KEY, domain BIGINT NOT NULL, code TEXT COLLATE "C" NOT NULL, born BIGINT NOT NULL,
    origin TEXT COLLATE "C" NOT NULL, sealed BYTEA NOT NULL, mac BYTEA NOT NULL, UNIQUE (code, domain));
CREATE TABLE subject_key (
    idx BYTEA PRIMARY KEY, domain BIGINT NOT NULL, subject BIGINT NOT NULL, home BIGINT NOT NULL, dek BIGINT NOT NULL,
    sealed BYTEA NOT NULL, mac BYTEA NOT NULL);
CREATE INDEX subject_key_subject ON subject_key (subject);
CREATE INDEX subject_key_home ON subject_key (home);
CREATE TABLE dek (
    id BIGINT PRIMARY KEY, domain BIGINT NOT NULL, subject BIGINT NOT NULL, writer BYTEA NOT NULL,
    version BIGINT NOT NULL, sealed BYTEA NOT NULL, mac BYTEA NOT NULL);
CREATE INDEX dek_subject ON dek (subject);
CREATE TABLE link (
    idx BYTEA NOT NULL, domain BIGINT NOT NULL, subject BIGINT NOT NULL, kind TEXT COLLATE "C" NOT NULL, surrogate TEXT COLLATE "C" NOT NULL,
    dek BIGINT NOT NULL, sealed BYTEA NOT NULL, mac BYTEA NOT NULL,
    PRIMARY KEY (idx, subject, surrogate));
CREATE INDEX link_subject ON link (subject);
CREATE TABLE token (
    subject BIGINT PRIMARY KEY, domain BIGINT NOT NULL, digests BYTEA NOT NULL, mac BYTEA NOT NULL);
CREATE TABLE erased (
    code TEXT COLLATE "C" NOT NULL, domain BIGINT NOT NULL, at BIGINT NOT NULL, mac BYTEA NOT NULL,
    PRIMARY KEY (code, domain));
CREATE TABLE principal (
    name TEXT COLLATE "C" NOT NULL, domain BIGINT NOT NULL, role TEXT COLLATE "C" NOT NULL, public BYTEA NOT NULL, sealed BYTEA NOT NULL,
    mac BYTEA NOT NULL, PRIMARY KEY (name, domain));
CREATE TABLE spent (
    grant_id BYTEA PRIMARY KEY, domain BIGINT NOT NULL, uses BIGINT NOT NULL, mac BYTEA NOT NULL);
CREATE TABLE audit (
    domain BIGINT NOT NULL, seq BIGINT NOT NULL, at BIGINT NOT NULL, sealed BYTEA NOT NULL, mac BYTEA NOT NULL,
    PRIMARY KEY (domain, seq));
CREATE TABLE ledger (domain BIGINT PRIMARY KEY, body BYTEA NOT NULL);
