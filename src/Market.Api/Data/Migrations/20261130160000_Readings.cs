using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Market.Api.Data.Migrations
{
    /// <inheritdoc />
    public partial class Readings : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "readings",
                schema: "market",
                columns: table => new
                {
                    instrument = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    minute = table.Column<long>(type: "bigint", nullable: false),
                    time = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    first = table.Column<short>(type: "smallint", nullable: false),
                    said = table.Column<string>(type: "jsonb", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_readings", x => new { x.instrument, x.minute });
                });

            migrationBuilder.CreateIndex(
                name: "readings_passing",
                schema: "market",
                table: "readings",
                column: "minute",
                filter: "first < 3");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "readings",
                schema: "market");
        }
    }
}
