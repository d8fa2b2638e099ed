using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Market.Api.Data.Migrations
{
    /// <inheritdoc />
    public partial class ProvedOutpoints : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "order_outpoints_locked",
                schema: "market",
                table: "order_outpoints");

            migrationBuilder.AddColumn<long>(
                name: "drawn",
                schema: "market",
                table: "order_outpoints",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<short>(
                name: "hold",
                schema: "market",
                table: "order_outpoints",
                type: "smallint",
                nullable: false,
                defaultValue: (short)0);

            migrationBuilder.CreateIndex(
                name: "order_outpoints_locked",
                schema: "market",
                table: "order_outpoints",
                columns: new[] { "chain_name", "txid", "index" },
                unique: true,
                filter: "locked and hold = 0");

            migrationBuilder.CreateIndex(
                name: "order_outpoints_drawn",
                schema: "market",
                table: "order_outpoints",
                columns: new[] { "chain_name", "txid", "index" },
                filter: "locked and hold > 0");

            migrationBuilder.CreateTable(
                name: "proved_outpoints",
                schema: "market",
                columns: table => new
                {
                    chain_name = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    txid = table.Column<byte[]>(type: "bytea", nullable: false),
                    index = table.Column<long>(type: "bigint", nullable: false),
                    number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityAlwaysColumn),
                    key = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    chain = table.Column<short>(type: "smallint", nullable: false),
                    value = table.Column<long>(type: "bigint", nullable: false),
                    script = table.Column<byte[]>(type: "bytea", nullable: false),
                    root = table.Column<int>(type: "integer", nullable: true),
                    change = table.Column<bool>(type: "boolean", nullable: false),
                    proved_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_proved_outpoints", x => new { x.chain_name, x.txid, x.index });
                });

            migrationBuilder.CreateIndex(
                name: "proved_outpoints_key",
                schema: "market",
                table: "proved_outpoints",
                columns: new[] { "key", "number" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "proved_outpoints",
                schema: "market");

            migrationBuilder.DropIndex(
                name: "order_outpoints_drawn",
                schema: "market",
                table: "order_outpoints");

            migrationBuilder.DropIndex(
                name: "order_outpoints_locked",
                schema: "market",
                table: "order_outpoints");

            migrationBuilder.DropColumn(
                name: "hold",
                schema: "market",
                table: "order_outpoints");

            migrationBuilder.DropColumn(
                name: "drawn",
                schema: "market",
                table: "order_outpoints");

            migrationBuilder.CreateIndex(
                name: "order_outpoints_locked",
                schema: "market",
                table: "order_outpoints",
                columns: new[] { "chain_name", "txid", "index" },
                unique: true,
                filter: "locked");
        }
    }
}
