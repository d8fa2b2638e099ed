using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Market.Api.Data.Migrations
{
    /// <inheritdoc />
    public partial class Valuations : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "valuation_id",
                schema: "market",
                table: "trades",
                type: "uuid",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "valuations",
                schema: "market",
                columns: table => new
                {
                    instrument = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    time = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    face_value = table.Column<double>(type: "double precision", nullable: false),
                    d_time = table.Column<double>(type: "double precision", nullable: false),
                    model_price = table.Column<double>(type: "double precision", nullable: false),
                    fpps_worth = table.Column<double>(type: "double precision", nullable: true),
                    horizon_years = table.Column<double>(type: "double precision", nullable: false),
                    rate = table.Column<double>(type: "double precision", nullable: false),
                    uncertainty = table.Column<double>(type: "double precision", nullable: false),
                    said = table.Column<string>(type: "jsonb", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_valuations", x => new { x.instrument, x.id });
                });

            migrationBuilder.CreateIndex(
                name: "IX_trades_instrument_valuation_id",
                schema: "market",
                table: "trades",
                columns: new[] { "instrument", "valuation_id" });

            migrationBuilder.AddForeignKey(
                name: "FK_trades_valuations_instrument_valuation_id",
                schema: "market",
                table: "trades",
                columns: new[] { "instrument", "valuation_id" },
                principalSchema: "market",
                principalTable: "valuations",
                principalColumns: new[] { "instrument", "id" },
                onDelete: ReferentialAction.Restrict);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "FK_trades_valuations_instrument_valuation_id",
                schema: "market",
                table: "trades");

            migrationBuilder.DropTable(
                name: "valuations",
                schema: "market");

            migrationBuilder.DropIndex(
                name: "IX_trades_instrument_valuation_id",
                schema: "market",
                table: "trades");

            migrationBuilder.DropColumn(
                name: "valuation_id",
                schema: "market",
                table: "trades");
        }
    }
}
