using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Market.Api.Data.Migrations
{
    /// <inheritdoc />
    public partial class Swaps : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "swap_events",
                schema: "market",
                columns: table => new
                {
                    swap_id = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    time = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    kind = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    from_state = table.Column<short>(type: "smallint", nullable: false),
                    to_state = table.Column<short>(type: "smallint", nullable: false),
                    chain = table.Column<short>(type: "smallint", nullable: true),
                    txid = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    @event = table.Column<string>(name: "event", type: "text", nullable: false),
                    tips = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_swap_events", x => new { x.swap_id, x.version });
                });

            migrationBuilder.CreateTable(
                name: "swap_outbox",
                schema: "market",
                columns: table => new
                {
                    number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityAlwaysColumn),
                    swap_id = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    seller = table.Column<short>(type: "smallint", nullable: false),
                    buyer = table.Column<short>(type: "smallint", nullable: false),
                    done = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_swap_outbox", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "swap_secrets",
                schema: "market",
                columns: table => new
                {
                    value = table.Column<string>(type: "character varying(66)", maxLength: 66, nullable: false),
                    swap_id = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_swap_secrets", x => x.value);
                });

            migrationBuilder.CreateTable(
                name: "swap_transactions",
                schema: "market",
                columns: table => new
                {
                    swap_id = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    txid = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    chain = table.Column<short>(type: "smallint", nullable: false),
                    bytes = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_swap_transactions", x => new { x.swap_id, x.txid });
                });

            migrationBuilder.CreateTable(
                name: "swaps",
                schema: "market",
                columns: table => new
                {
                    id = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityAlwaysColumn),
                    instrument = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    trade_id = table.Column<long>(type: "bigint", nullable: false),
                    seller_key = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    buyer_key = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    seller_is_maker = table.Column<bool>(type: "boolean", nullable: false),
                    price = table.Column<long>(type: "bigint", nullable: false),
                    quantity = table.Column<long>(type: "bigint", nullable: false),
                    notional = table.Column<long>(type: "bigint", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    state = table.Column<short>(type: "smallint", nullable: false),
                    outcome = table.Column<short>(type: "smallint", nullable: false),
                    closed = table.Column<bool>(type: "boolean", nullable: false),
                    share_from = table.Column<int>(type: "integer", nullable: true),
                    coin_from = table.Column<int>(type: "integer", nullable: true),
                    machine = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_swaps", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "swap_outbox_open",
                schema: "market",
                table: "swap_outbox",
                column: "number",
                filter: "not done");

            migrationBuilder.CreateIndex(
                name: "swaps_buyer",
                schema: "market",
                table: "swaps",
                columns: new[] { "buyer_key", "number" });

            migrationBuilder.CreateIndex(
                name: "swaps_number",
                schema: "market",
                table: "swaps",
                column: "number",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "swaps_open",
                schema: "market",
                table: "swaps",
                column: "id",
                filter: "not closed");

            migrationBuilder.CreateIndex(
                name: "swaps_outcome",
                schema: "market",
                table: "swaps",
                columns: new[] { "outcome", "number" });

            migrationBuilder.CreateIndex(
                name: "swaps_seller",
                schema: "market",
                table: "swaps",
                columns: new[] { "seller_key", "number" });

            migrationBuilder.CreateIndex(
                name: "swaps_trade",
                schema: "market",
                table: "swaps",
                columns: new[] { "instrument", "trade_id" },
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "swap_events",
                schema: "market");

            migrationBuilder.DropTable(
                name: "swap_outbox",
                schema: "market");

            migrationBuilder.DropTable(
                name: "swap_secrets",
                schema: "market");

            migrationBuilder.DropTable(
                name: "swap_transactions",
                schema: "market");

            migrationBuilder.DropTable(
                name: "swaps",
                schema: "market");
        }
    }
}
