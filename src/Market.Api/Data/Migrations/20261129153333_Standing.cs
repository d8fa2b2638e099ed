using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Market.Api.Data.Migrations
{
    /// <inheritdoc />
    public partial class Standing : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "standing_credits",
                schema: "market",
                columns: table => new
                {
                    key = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    units = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_standing_credits", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "standing_entries",
                schema: "market",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityAlwaysColumn),
                    source = table.Column<short>(type: "smallint", nullable: false),
                    proof_id = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: false),
                    key = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    from_key = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    amount = table.Column<long>(type: "bigint", nullable: false),
                    time = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_standing_entries", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "standing_holds",
                schema: "market",
                columns: table => new
                {
                    source = table.Column<short>(type: "smallint", nullable: false),
                    proof_id = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: false),
                    key = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    value = table.Column<long>(type: "bigint", nullable: false),
                    until = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_standing_holds", x => new { x.source, x.proof_id });
                });

            migrationBuilder.CreateIndex(
                name: "standing_entries_from",
                schema: "market",
                table: "standing_entries",
                columns: new[] { "from_key", "id" });

            migrationBuilder.CreateIndex(
                name: "standing_entries_key",
                schema: "market",
                table: "standing_entries",
                columns: new[] { "key", "id" });

            migrationBuilder.CreateIndex(
                name: "standing_entries_proof",
                schema: "market",
                table: "standing_entries",
                columns: new[] { "source", "proof_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "standing_holds_key",
                schema: "market",
                table: "standing_holds",
                column: "key");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "standing_credits",
                schema: "market");

            migrationBuilder.DropTable(
                name: "standing_entries",
                schema: "market");

            migrationBuilder.DropTable(
                name: "standing_holds",
                schema: "market");
        }
    }
}
