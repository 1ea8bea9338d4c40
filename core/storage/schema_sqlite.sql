-- revision: 0009
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE attachment (
	id VARCHAR NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	media_type VARCHAR NOT NULL, 
	size INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	storage_key VARCHAR NOT NULL, 
	width INTEGER NOT NULL, 
	height INTEGER NOT NULL, 
	state VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	dialog VARCHAR NOT NULL, 
	client_id VARCHAR NOT NULL, 
	"by" VARCHAR NOT NULL, 
	derived_from VARCHAR NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_attachment PRIMARY KEY (id)
);
CREATE TABLE attempt (
	id INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	CONSTRAINT pk_attempt PRIMARY KEY (id)
);
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	actor VARCHAR NOT NULL, 
	action VARCHAR NOT NULL, 
	object VARCHAR NOT NULL, 
	queue VARCHAR NOT NULL, 
	detail TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	before_hash VARCHAR NOT NULL, 
	hash VARCHAR NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY (id), 
	CONSTRAINT uq_audit_hash UNIQUE (hash)
);
CREATE TABLE bundle (
	sha256 VARCHAR NOT NULL, 
	content BLOB NOT NULL, 
	created_at BIGINT NOT NULL, 
	activated_at BIGINT, 
	activated_by VARCHAR NOT NULL, 
	broken_at BIGINT, 
	broken_reason VARCHAR NOT NULL, 
	CONSTRAINT pk_bundle PRIMARY KEY (sha256)
);
CREATE TABLE calendar (
	id VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	zone VARCHAR NOT NULL, 
	weekly TEXT NOT NULL, 
	exceptions TEXT NOT NULL, 
	always BOOLEAN NOT NULL, 
	effective_from DATE NOT NULL, 
	"by" VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_calendar PRIMARY KEY (id, version)
);
CREATE TABLE call (
	"key" VARCHAR NOT NULL, 
	dialog VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	chat VARCHAR NOT NULL, 
	identity VARCHAR NOT NULL, 
	service VARCHAR NOT NULL, 
	arguments TEXT NOT NULL, 
	sealed TEXT NOT NULL, 
	timeout FLOAT NOT NULL, 
	state VARCHAR NOT NULL, 
	due_at BIGINT, 
	owner VARCHAR, 
	lease_until BIGINT, 
	epoch INTEGER NOT NULL, 
	tries INTEGER NOT NULL, 
	created_at BIGINT NOT NULL, 
	done_at BIGINT, 
	result BLOB, 
	result_sealed BOOLEAN NOT NULL, 
	CONSTRAINT pk_call PRIMARY KEY ("key")
);
CREATE TABLE canned_reply (
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	body VARCHAR NOT NULL, 
	lang VARCHAR NOT NULL, 
	scope VARCHAR NOT NULL, 
	operator VARCHAR NOT NULL, 
	queue VARCHAR NOT NULL, 
	tags TEXT NOT NULL, 
	used INTEGER NOT NULL, 
	archived_at BIGINT, 
	created_at BIGINT NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_canned_reply PRIMARY KEY (id)
);
CREATE TABLE channel (
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	platform VARCHAR NOT NULL, 
	settings TEXT NOT NULL, 
	enabled BOOLEAN NOT NULL, 
	health TEXT NOT NULL, 
	health_at BIGINT, 
	last_in_at BIGINT, 
	last_out_at BIGINT, 
	created_at BIGINT NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_channel PRIMARY KEY (id), 
	CONSTRAINT uq_channel_name UNIQUE (name)
);
CREATE TABLE channel_cursor (
	channel VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_channel_cursor PRIMARY KEY (channel)
);
CREATE TABLE chat_run (
	channel VARCHAR NOT NULL, 
	chat VARCHAR NOT NULL, 
	address VARCHAR NOT NULL, 
	identity VARCHAR NOT NULL, 
	seen_as VARCHAR NOT NULL, 
	dialog VARCHAR NOT NULL, 
	due_at BIGINT, 
	owner VARCHAR, 
	lease_until BIGINT, 
	epoch INTEGER NOT NULL, 
	sending BOOLEAN NOT NULL, 
	unreachable VARCHAR NOT NULL, 
	unreachable_at BIGINT, 
	CONSTRAINT pk_chat_run PRIMARY KEY (channel, chat)
)
 WITHOUT ROWID

;
CREATE TABLE chat_session (
	id VARCHAR NOT NULL, 
	site VARCHAR NOT NULL, 
	device VARCHAR NOT NULL, 
	chat VARCHAR NOT NULL, 
	external VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	lang VARCHAR NOT NULL, 
	client VARCHAR NOT NULL, 
	page TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	last_at BIGINT NOT NULL, 
	read_id INTEGER NOT NULL, 
	revoked_at BIGINT, 
	CONSTRAINT pk_chat_session PRIMARY KEY (id)
);
CREATE TABLE closing (
	dialog VARCHAR NOT NULL, 
	n INTEGER NOT NULL, 
	closed_at BIGINT NOT NULL, 
	closed_by VARCHAR NOT NULL, 
	result VARCHAR NOT NULL, 
	operator VARCHAR NOT NULL, 
	reopened_at BIGINT, 
	undone_at BIGINT, 
	CONSTRAINT pk_closing PRIMARY KEY (dialog, n)
);
CREATE TABLE customer (
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	lang VARCHAR NOT NULL, 
	contract VARCHAR NOT NULL, 
	note VARCHAR NOT NULL, 
	tags TEXT NOT NULL, 
	card TEXT NOT NULL, 
	asked_nps_at BIGINT, 
	created_at BIGINT NOT NULL, 
	erased_at BIGINT, 
	version INTEGER NOT NULL, rated_at BIGINT, 
	CONSTRAINT pk_customer PRIMARY KEY (id)
);
CREATE TABLE customer_link (
	id VARCHAR NOT NULL, 
	identity VARCHAR NOT NULL, 
	from_customer VARCHAR NOT NULL, 
	to_customer VARCHAR NOT NULL, 
	evidence VARCHAR NOT NULL, 
	"by" VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	undone_at BIGINT, 
	CONSTRAINT pk_customer_link PRIMARY KEY (id)
);
CREATE TABLE desk_event (
	id INTEGER NOT NULL, 
	topic VARCHAR NOT NULL, 
	dialog VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	"by" VARCHAR NOT NULL, 
	first_n INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_desk_event PRIMARY KEY (id)
);
CREATE TABLE dialog (
	id VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	chat VARCHAR NOT NULL, 
	identity VARCHAR NOT NULL, 
	customer VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	queue VARCHAR NOT NULL, 
	operator VARCHAR NOT NULL, 
	operator_name VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	state_rev INTEGER NOT NULL, 
	last_n INTEGER NOT NULL, 
	last_customer_n INTEGER NOT NULL, 
	lang VARCHAR NOT NULL, 
	customer_name VARCHAR NOT NULL, 
	topic VARCHAR NOT NULL, 
	result VARCHAR NOT NULL, 
	secret BOOLEAN NOT NULL, 
	human BOOLEAN NOT NULL, 
	gone VARCHAR NOT NULL, 
	blob BLOB NOT NULL, 
	preview_author VARCHAR NOT NULL, 
	preview_text VARCHAR NOT NULL, 
	preview_files INTEGER NOT NULL, 
	preview_at BIGINT, 
	waiting_since BIGINT, 
	opened_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	first_customer_at BIGINT, 
	last_customer_at BIGINT, 
	first_bot_at BIGINT, 
	last_bot_at BIGINT, 
	bot_done_at BIGINT, 
	first_human_at BIGINT, 
	last_human_at BIGINT, 
	closed_at BIGINT, 
	bot_result VARCHAR NOT NULL, 
	opened_by VARCHAR NOT NULL, 
	invitation VARCHAR NOT NULL, 
	tags TEXT DEFAULT '[]' NOT NULL, 
	priority INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_dialog PRIMARY KEY (id)
);
CREATE TABLE dialog_run (
	dialog VARCHAR NOT NULL, 
	seq_in INTEGER NOT NULL, 
	seq_done INTEGER NOT NULL, 
	due_at BIGINT, 
	owner VARCHAR, 
	lease_until BIGINT, 
	epoch INTEGER NOT NULL, 
	tries INTEGER NOT NULL, 
	error VARCHAR NOT NULL, 
	parked_reason VARCHAR NOT NULL, 
	secret BOOLEAN NOT NULL, 
	closed_at BIGINT, 
	CONSTRAINT pk_dialog_run PRIMARY KEY (dialog)
)
 WITHOUT ROWID

;
CREATE TABLE draft (
	operator VARCHAR NOT NULL, 
	dialog VARCHAR NOT NULL, 
	mode VARCHAR NOT NULL, 
	text VARCHAR NOT NULL, 
	attachments TEXT NOT NULL, 
	rev INTEGER NOT NULL, 
	at BIGINT NOT NULL, missing TEXT, reply_n INTEGER, 
	CONSTRAINT pk_draft PRIMARY KEY (operator, dialog, mode)
);
CREATE TABLE escalation (
	dialog VARCHAR NOT NULL, 
	n INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	queue VARCHAR NOT NULL, 
	escalated_at BIGINT NOT NULL, 
	in_hours BOOLEAN NOT NULL, 
	calendar_version INTEGER DEFAULT '0' NOT NULL, 
	summary VARCHAR NOT NULL, 
	scenario VARCHAR NOT NULL, 
	step VARCHAR NOT NULL, 
	slots TEXT NOT NULL, 
	intent VARCHAR NOT NULL, 
	confidence FLOAT NOT NULL, 
	misses INTEGER NOT NULL, 
	first_n INTEGER NOT NULL, 
	first_operator VARCHAR NOT NULL, 
	first_human_at BIGINT, 
	ended_at BIGINT, 
	ended_by VARCHAR NOT NULL, 
	CONSTRAINT pk_escalation PRIMARY KEY (dialog, n)
);
CREATE TABLE external_contacts (
	day DATE NOT NULL, 
	kind VARCHAR NOT NULL, 
	count INTEGER NOT NULL, 
	source VARCHAR NOT NULL, 
	entered_at BIGINT NOT NULL, 
	"by" VARCHAR NOT NULL, 
	CONSTRAINT pk_external_contacts PRIMARY KEY (day, kind)
);
CREATE TABLE grant (
	identity VARCHAR NOT NULL, 
	account VARCHAR NOT NULL, 
	level VARCHAR NOT NULL, 
	until BIGINT NOT NULL, 
	CONSTRAINT pk_grant PRIMARY KEY (identity, account)
)
 WITHOUT ROWID

;
CREATE TABLE holding (
	dialog VARCHAR NOT NULL, 
	n INTEGER NOT NULL, 
	operator VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	queue VARCHAR NOT NULL, 
	how VARCHAR NOT NULL, 
	taken_at BIGINT NOT NULL, 
	first_n INTEGER NOT NULL, 
	first_text_at BIGINT, 
	ended_at BIGINT, 
	ended_why VARCHAR NOT NULL, 
	CONSTRAINT pk_holding PRIMARY KEY (dialog, n)
);
CREATE TABLE idempotency_key (
	operator VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	request_sha256 VARCHAR NOT NULL, 
	status INTEGER NOT NULL, 
	body BLOB NOT NULL, 
	expires_at BIGINT NOT NULL, 
	CONSTRAINT pk_idempotency_key PRIMARY KEY (operator, "key")
);
CREATE TABLE identity (
	id VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	external VARCHAR NOT NULL, 
	customer VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	handle VARCHAR NOT NULL, 
	lang VARCHAR NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_identity PRIMARY KEY (id), 
	CONSTRAINT uq_identity_channel UNIQUE (channel, external)
);
CREATE TABLE identity_use (
	id VARCHAR NOT NULL, 
	site VARCHAR NOT NULL, 
	jti VARCHAR NOT NULL, 
	idempotency_key VARCHAR NOT NULL, 
	reply BLOB NOT NULL, 
	expires_at BIGINT NOT NULL, 
	CONSTRAINT pk_identity_use PRIMARY KEY (id), 
	CONSTRAINT uq_identity_use_site UNIQUE (site, jti)
);
CREATE TABLE invitation_event (
	id VARCHAR NOT NULL, 
	site VARCHAR NOT NULL, 
	invitation VARCHAR NOT NULL, 
	rule VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	dialog VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_invitation_event PRIMARY KEY (id)
);
CREATE TABLE job (
	id VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	operator VARCHAR NOT NULL, 
	arguments TEXT NOT NULL, 
	state VARCHAR NOT NULL, 
	done INTEGER NOT NULL, 
	total INTEGER NOT NULL, 
	attachment VARCHAR NOT NULL, 
	error VARCHAR NOT NULL, 
	created_at BIGINT NOT NULL, 
	finished_at BIGINT, 
	CONSTRAINT pk_job PRIMARY KEY (id)
);
CREATE TABLE message (
	dialog VARCHAR NOT NULL, 
	n INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	direction VARCHAR NOT NULL, 
	author_kind VARCHAR NOT NULL, 
	author_id VARCHAR NOT NULL, 
	author_name VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	text VARCHAR NOT NULL, 
	extra TEXT, 
	delivery VARCHAR NOT NULL, 
	platform_id VARCHAR NOT NULL, 
	client_id VARCHAR NOT NULL, 
	reply_to VARCHAR NOT NULL, 
	masked BOOLEAN NOT NULL, 
	code VARCHAR NOT NULL, 
	error VARCHAR NOT NULL, 
	attempt_at BIGINT, 
	sent_at BIGINT, 
	delivered_at BIGINT, 
	seen_at BIGINT, 
	failed_at BIGINT, 
	edited_at BIGINT, 
	deleted_at BIGINT, edit_order INTEGER, 
	CONSTRAINT pk_message PRIMARY KEY (dialog, n)
)
 WITHOUT ROWID

;
CREATE TABLE note (
	id VARCHAR NOT NULL, 
	customer VARCHAR NOT NULL, 
	operator VARCHAR NOT NULL, 
	text VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_note PRIMARY KEY (id)
);
CREATE TABLE operator (
	id VARCHAR NOT NULL, 
	login VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	password_hash VARCHAR NOT NULL, 
	password_at BIGINT, 
	roles TEXT NOT NULL, 
	status VARCHAR NOT NULL, 
	status_since BIGINT, 
	status_reason VARCHAR NOT NULL, 
	status_by VARCHAR NOT NULL, 
	"limit" INTEGER NOT NULL, 
	settings TEXT NOT NULL, 
	settings_version INTEGER NOT NULL, 
	totp_secret VARCHAR NOT NULL, 
	totp_pending VARCHAR NOT NULL, 
	totp_step INTEGER NOT NULL, 
	recovery TEXT NOT NULL, 
	failed_logins INTEGER NOT NULL, 
	failed_login_at BIGINT, 
	created_at BIGINT NOT NULL, 
	archived_at BIGINT, 
	last_seen_at BIGINT, 
	last_given_at BIGINT, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_operator PRIMARY KEY (id), 
	CONSTRAINT uq_operator_login UNIQUE (login)
);
CREATE TABLE operator_session (
	id VARCHAR NOT NULL, 
	operator VARCHAR NOT NULL, 
	created_at BIGINT NOT NULL, 
	last_at BIGINT NOT NULL, 
	ends_at BIGINT NOT NULL, 
	ip VARCHAR NOT NULL, 
	browser VARCHAR NOT NULL, 
	revoked_at BIGINT, 
	CONSTRAINT pk_operator_session PRIMARY KEY (id), 
	CONSTRAINT fk_operator_session_operator FOREIGN KEY(operator) REFERENCES operator (id)
);
CREATE TABLE operator_status (
	operator VARCHAR NOT NULL, 
	since BIGINT NOT NULL, 
	until BIGINT, 
	status VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	"by" VARCHAR NOT NULL, 
	CONSTRAINT pk_operator_status PRIMARY KEY (operator, since)
);
CREATE TABLE outbox (
	id INTEGER NOT NULL, 
	channel VARCHAR NOT NULL, 
	chat VARCHAR NOT NULL, 
	dialog VARCHAR NOT NULL, 
	n INTEGER NOT NULL, 
	part INTEGER NOT NULL, 
	parts INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	priority INTEGER NOT NULL, 
	content BLOB NOT NULL, 
	state VARCHAR NOT NULL, 
	tries INTEGER NOT NULL, 
	not_before BIGINT, 
	hold BOOLEAN NOT NULL, 
	created_at BIGINT NOT NULL, 
	attempt_at BIGINT, 
	done_at BIGINT, 
	platform_id VARCHAR NOT NULL, 
	code VARCHAR NOT NULL, 
	CONSTRAINT pk_outbox PRIMARY KEY (id), 
	CONSTRAINT uq_outbox_dialog UNIQUE (dialog, n, part)
);
CREATE TABLE pace (
	channel VARCHAR NOT NULL, 
	scope VARCHAR NOT NULL, 
	tokens FLOAT NOT NULL, 
	at BIGINT NOT NULL, 
	until BIGINT, 
	strikes INTEGER NOT NULL, 
	speed FLOAT NOT NULL, 
	slowed_at BIGINT, 
	CONSTRAINT pk_pace PRIMARY KEY (channel, scope)
);
CREATE TABLE phrase (
	dialog VARCHAR NOT NULL, 
	seq INTEGER NOT NULL, 
	text VARCHAR NOT NULL, 
	scenario VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_phrase PRIMARY KEY (dialog, seq)
);
CREATE TABLE platform_file (
	channel VARCHAR NOT NULL, 
	attachment VARCHAR NOT NULL, 
	file VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_platform_file PRIMARY KEY (channel, attachment)
);
CREATE TABLE poison (
	channel VARCHAR NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	sample VARCHAR NOT NULL, 
	times INTEGER NOT NULL, 
	first_at BIGINT NOT NULL, 
	last_at BIGINT NOT NULL, 
	CONSTRAINT pk_poison PRIMARY KEY (channel, sha256)
);
CREATE TABLE promise (
	dialog VARCHAR NOT NULL, 
	n INTEGER NOT NULL, 
	queue VARCHAR NOT NULL, 
	low_s INTEGER NOT NULL, 
	high_s INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_promise PRIMARY KEY (dialog, n)
);
CREATE TABLE push_target (
	channel VARCHAR NOT NULL, 
	chat VARCHAR NOT NULL, 
	provider VARCHAR NOT NULL, 
	token VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_push_target PRIMARY KEY (channel, chat)
);
CREATE TABLE queue (
	id VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	lang VARCHAR NOT NULL, 
	calendar VARCHAR NOT NULL, 
	answer_within_s INTEGER NOT NULL, 
	warn_before_s INTEGER NOT NULL, 
	pick_within_s INTEGER NOT NULL, 
	assign VARCHAR NOT NULL, 
	archived BOOLEAN NOT NULL, 
	created_at BIGINT NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_queue PRIMARY KEY (id)
);
CREATE TABLE queue_member (
	queue VARCHAR NOT NULL, 
	operator VARCHAR NOT NULL, 
	CONSTRAINT pk_queue_member PRIMARY KEY (queue, operator), 
	CONSTRAINT fk_queue_member_operator FOREIGN KEY(operator) REFERENCES operator (id)
);
CREATE TABLE queue_stay (
	dialog VARCHAR NOT NULL, 
	n INTEGER NOT NULL, 
	queue VARCHAR NOT NULL, 
	entered_at BIGINT NOT NULL, 
	why VARCHAR NOT NULL, 
	left_at BIGINT, 
	CONSTRAINT pk_queue_stay PRIMARY KEY (dialog, n)
);
CREATE TABLE rating (
	dialog VARCHAR NOT NULL, 
	n INTEGER NOT NULL, 
	metric VARCHAR NOT NULL, 
	scale_low INTEGER NOT NULL, 
	scale_high INTEGER NOT NULL, 
	question VARCHAR NOT NULL, 
	asked_at BIGINT, 
	shown_at BIGINT, 
	answered_at BIGINT, 
	changed_at BIGINT, 
	skipped_at BIGINT, 
	withdrawn_at BIGINT, 
	value INTEGER, 
	first_value INTEGER, 
	comment VARCHAR NOT NULL, 
	operator VARCHAR NOT NULL, 
	queue VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	not_asked VARCHAR NOT NULL, 
	CONSTRAINT pk_rating PRIMARY KEY (dialog, n)
);
CREATE TABLE read_mark (
	operator VARCHAR NOT NULL, 
	dialog VARCHAR NOT NULL, 
	n INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_read_mark PRIMARY KEY (operator, dialog)
);
CREATE TABLE remembered (
	identity VARCHAR NOT NULL, 
	slot VARCHAR NOT NULL, 
	value TEXT NOT NULL, 
	until BIGINT NOT NULL, 
	CONSTRAINT pk_remembered PRIMARY KEY (identity, slot)
)
 WITHOUT ROWID

;
CREATE TABLE report_schedule (
	id VARCHAR NOT NULL, 
	report VARCHAR NOT NULL, 
	settings TEXT NOT NULL, 
	enabled BOOLEAN NOT NULL, 
	last_day DATE, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_report_schedule PRIMARY KEY (id)
);
CREATE TABLE secret (
	"key" VARCHAR NOT NULL, 
	sealed VARCHAR NOT NULL, 
	expires_at BIGINT NOT NULL, 
	used_at BIGINT, 
	CONSTRAINT pk_secret PRIMARY KEY ("key")
);
CREATE TABLE setting (
	id VARCHAR NOT NULL, 
	value TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	"by" VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_setting PRIMARY KEY (id)
);
CREATE TABLE site (
	id VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	settings TEXT NOT NULL, 
	keys TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_site PRIMARY KEY (id)
);
CREATE TABLE timer (
	dialog VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	gen INTEGER NOT NULL, 
	due_at BIGINT NOT NULL, 
	CONSTRAINT pk_timer PRIMARY KEY (dialog, kind)
)
 WITHOUT ROWID

;
CREATE TABLE undo (
	id VARCHAR NOT NULL, 
	dialog VARCHAR NOT NULL, 
	operator VARCHAR NOT NULL, 
	action VARCHAR NOT NULL, 
	state_rev INTEGER NOT NULL, 
	"before" BLOB NOT NULL, 
	at BIGINT NOT NULL, 
	until BIGINT NOT NULL, 
	undone_at BIGINT, 
	CONSTRAINT pk_undo PRIMARY KEY (id)
);
CREATE TABLE "update" (
	dialog VARCHAR NOT NULL, 
	seq INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	payload BLOB NOT NULL, 
	sealed BOOLEAN NOT NULL, 
	received_at BIGINT NOT NULL, 
	sent_at BIGINT, 
	refusal VARCHAR, 
	CONSTRAINT pk_update PRIMARY KEY (dialog, seq)
)
 WITHOUT ROWID

;
CREATE TABLE update_key (
	channel VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	dialog VARCHAR NOT NULL, 
	seq INTEGER NOT NULL, 
	expires_at BIGINT NOT NULL, 
	CONSTRAINT pk_update_key PRIMARY KEY (channel, "key")
)
 WITHOUT ROWID

;
CREATE INDEX ix_attachment_dialog ON attachment (dialog);
CREATE INDEX ix_attachment_sha256 ON attachment (sha256);
CREATE INDEX ix_attempt_expires_at ON attempt (expires_at);
CREATE INDEX ix_attempt_key ON attempt ("key", at);
CREATE INDEX ix_audit_at ON audit (at);
CREATE INDEX ix_audit_object ON audit (object);
CREATE INDEX ix_call_dialog ON call (dialog);
CREATE INDEX ix_call_due_at ON call (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX ix_chat_run_due_at ON chat_run (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX ix_chat_run_identity ON chat_run (identity);
CREATE INDEX ix_chat_run_unreachable ON chat_run (unreachable_at) WHERE unreachable <> '';
CREATE INDEX ix_chat_session_chat ON chat_session (chat);
CREATE INDEX ix_chat_session_device ON chat_session (site, device);
CREATE INDEX ix_closing_closed_at ON closing (closed_at);
CREATE INDEX ix_customer_link_identity ON customer_link (identity);
CREATE INDEX ix_desk_event_at ON desk_event (at);
CREATE INDEX ix_dialog_chat ON dialog (channel, chat, opened_at);
CREATE INDEX ix_dialog_closed_at ON dialog (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX ix_dialog_customer ON dialog (customer, opened_at);
CREATE INDEX ix_dialog_ended ON dialog (coalesce(closed_at, updated_at), id) WHERE state IN ('rating', 'closed');
CREATE INDEX ix_dialog_identity ON dialog (identity);
CREATE INDEX ix_dialog_in_hand ON dialog (operator, updated_at) WHERE state = 'with_operator';
CREATE INDEX ix_dialog_open ON dialog (opened_at) WHERE state IN ('bot', 'queued', 'with_operator');
CREATE INDEX ix_dialog_opened_at ON dialog (opened_at);
CREATE INDEX ix_dialog_queued ON dialog (queue, waiting_since, id) WHERE state = 'queued';
CREATE INDEX ix_dialog_run_due_at ON dialog_run (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX ix_draft_dialog ON draft (dialog);
CREATE INDEX ix_escalation_escalated_at ON escalation (escalated_at);
CREATE INDEX ix_escalation_unanswered ON escalation (escalated_at) WHERE first_n = 0 AND ended_at IS NULL;
CREATE INDEX ix_holding_operator ON holding (operator, taken_at);
CREATE INDEX ix_holding_taken_at ON holding (taken_at);
CREATE INDEX ix_idempotency_key_expires_at ON idempotency_key (expires_at);
CREATE INDEX ix_identity_customer ON identity (customer);
CREATE INDEX ix_invitation_event_at ON invitation_event (at);
CREATE INDEX ix_job_open ON job (created_at) WHERE state IN ('queued', 'running');
CREATE INDEX ix_message_client_id ON message (dialog, client_id) WHERE client_id <> '';
CREATE INDEX ix_note_customer ON note (customer);
CREATE INDEX ix_operator_session_operator ON operator_session (operator);
CREATE INDEX ix_operator_status_seen ON operator (status, last_seen_at);
CREATE INDEX ix_operator_status_since ON operator_status (since);
CREATE INDEX ix_outbox_open ON outbox (channel, chat, id) WHERE state IN ('new', 'unknown');
CREATE INDEX ix_pace_at ON pace (at);
CREATE INDEX ix_pace_slowed ON pace (at) WHERE strikes > 0 OR speed > 0;
CREATE INDEX ix_phrase_at ON phrase (at);
CREATE INDEX ix_poison_last_at ON poison (last_at);
CREATE INDEX ix_queue_member_operator ON queue_member (operator);
CREATE INDEX ix_queue_stay_entered_at ON queue_stay (entered_at);
CREATE INDEX ix_rating_asked_at ON rating (asked_at);
CREATE INDEX ix_rating_operator ON rating (operator, asked_at);
CREATE INDEX ix_secret_expires_at ON secret (expires_at);
CREATE INDEX ix_timer_due_at ON timer (due_at);
CREATE INDEX ix_undo_dialog ON undo (dialog);
CREATE INDEX ix_update_key_expires_at ON update_key (expires_at);
INSERT INTO alembic_version (version_num) VALUES ('0009');
