using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Market.Api.Data.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.EnsureSchema(
                name: "market");

            migrationBuilder.CreateTable(
                name: "settings",
                schema: "market",
                columns: table => new
                {
                    name = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    value = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_settings", x => x.name);
                });

            migrationBuilder.CreateTable(
                name: "trades",
                schema: "market",
                columns: table => new
                {
                    instrument = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    id = table.Column<long>(type: "bigint", nullable: false),
                    price = table.Column<long>(type: "bigint", nullable: false),
                    quantity = table.Column<long>(type: "bigint", nullable: false),
                    notional = table.Column<long>(type: "bigint", nullable: false),
                    taker_side = table.Column<short>(type: "smallint", nullable: false),
                    time = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    swap_id = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    maker_order = table.Column<long>(type: "bigint", nullable: false),
                    taker_order = table.Column<long>(type: "bigint", nullable: false),
                    maker_key = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    taker_key = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_trades", x => new { x.instrument, x.id });
                });

            migrationBuilder.CreateIndex(
                name: "trades_time",
                schema: "market",
                table: "trades",
                columns: new[] { "instrument", "time" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "settings",
                schema: "market");

            migrationBuilder.DropTable(
                name: "trades",
                schema: "market");
        }
    }
}
