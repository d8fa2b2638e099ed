using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Market.Api.Data.Migrations
{
    /// <inheritdoc />
    public partial class Trading : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "accounts",
                schema: "market",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityAlwaysColumn),
                    key = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_accounts", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "book_snapshots",
                schema: "market",
                columns: table => new
                {
                    instrument = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    sequence = table.Column<long>(type: "bigint", nullable: false),
                    time = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    rules = table.Column<string>(type: "text", nullable: false),
                    state = table.Column<byte[]>(type: "bytea", nullable: false),
                    hash = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_book_snapshots", x => new { x.instrument, x.sequence });
                });

            migrationBuilder.CreateTable(
                name: "journal",
                schema: "market",
                columns: table => new
                {
                    instrument = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    first_sequence = table.Column<long>(type: "bigint", nullable: false),
                    last_sequence = table.Column<long>(type: "bigint", nullable: false),
                    time = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    commands = table.Column<byte[]>(type: "bytea", nullable: false),
                    events = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_journal", x => new { x.instrument, x.first_sequence });
                });

            migrationBuilder.CreateTable(
                name: "order_outpoints",
                schema: "market",
                columns: table => new
                {
                    txid = table.Column<byte[]>(type: "bytea", nullable: false),
                    index = table.Column<long>(type: "bigint", nullable: false),
                    instrument = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    order_id = table.Column<long>(type: "bigint", nullable: false),
                    chain = table.Column<short>(type: "smallint", nullable: false),
                    value = table.Column<long>(type: "bigint", nullable: false),
                    script = table.Column<byte[]>(type: "bytea", nullable: false),
                    locked = table.Column<bool>(type: "boolean", nullable: false),
                    named = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_order_outpoints", x => new { x.instrument, x.order_id, x.txid, x.index });
                });

            migrationBuilder.CreateTable(
                name: "orders",
                schema: "market",
                columns: table => new
                {
                    instrument = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    id = table.Column<long>(type: "bigint", nullable: false),
                    account = table.Column<long>(type: "bigint", nullable: false),
                    key = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    client_order_id = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    body = table.Column<byte[]>(type: "bytea", nullable: false),
                    side = table.Column<short>(type: "smallint", nullable: false),
                    time_in_force = table.Column<short>(type: "smallint", nullable: false),
                    flags = table.Column<short>(type: "smallint", nullable: false),
                    self_trade = table.Column<short>(type: "smallint", nullable: false),
                    price = table.Column<long>(type: "bigint", nullable: false),
                    quantity = table.Column<long>(type: "bigint", nullable: false),
                    remaining = table.Column<long>(type: "bigint", nullable: false),
                    in_swap = table.Column<long>(type: "bigint", nullable: false),
                    settled = table.Column<long>(type: "bigint", nullable: false),
                    reason = table.Column<short>(type: "smallint", nullable: false),
                    live = table.Column<bool>(type: "boolean", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_orders", x => new { x.instrument, x.id });
                });

            migrationBuilder.CreateIndex(
                name: "accounts_key",
                schema: "market",
                table: "accounts",
                column: "key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "order_outpoints_locked",
                schema: "market",
                table: "order_outpoints",
                columns: new[] { "chain", "txid", "index" },
                unique: true,
                filter: "locked");

            migrationBuilder.CreateIndex(
                name: "orders_client_order_id",
                schema: "market",
                table: "orders",
                columns: new[] { "account", "client_order_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "orders_key",
                schema: "market",
                table: "orders",
                columns: new[] { "key", "id" });

            migrationBuilder.CreateIndex(
                name: "orders_live",
                schema: "market",
                table: "orders",
                column: "id",
                filter: "live");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "accounts",
                schema: "market");

            migrationBuilder.DropTable(
                name: "book_snapshots",
                schema: "market");

            migrationBuilder.DropTable(
                name: "journal",
                schema: "market");

            migrationBuilder.DropTable(
                name: "order_outpoints",
                schema: "market");

            migrationBuilder.DropTable(
                name: "orders",
                schema: "market");
        }
    }
}
