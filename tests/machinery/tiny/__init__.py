"""A project with one small table: does a parcel arrive late?"""
